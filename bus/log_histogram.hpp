#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace postbus::bus {

/// How often which values came, in cells that widen with the value: two for each doubling, so that
/// a quantile is off by a fourth at most, and less when it is interpolated. Values are whole
/// numbers (microseconds, or a count of things) up to 2^32; what is above shares the last cell.
/// Counting is a few instructions on a plain array: one thread. Pure.
class log_histogram {
public:
    static constexpr std::size_t cells = 65;
    static constexpr std::size_t overflow = cells - 1;

    /// The cell that holds the value. Upper bounds are inclusive: 1, 2, 3, 4, 6, 8, 12, 16, ...
    static constexpr std::size_t cell_of(std::uint64_t value) noexcept {
        if (value <= 2) return value == 2;
        const auto below = value - 1;
        const auto width = static_cast<unsigned>(std::bit_width(below));
        const std::size_t cell = 2 * width - 2 + ((below >> (width - 2)) & 1U);
        return cell < overflow ? cell : overflow;
    }
    /// The highest value of the cell. Not for the overflow cell, which has none.
    static constexpr std::uint64_t bound(std::size_t cell) noexcept {
        if (cell == 0) return 1;
        const auto half = cell / 2;
        return cell % 2 == 1 ? std::uint64_t{2} << half : std::uint64_t{3} << (half - 1);
    }

    void count(std::uint64_t value) noexcept {
        ++counts_[cell_of(value)];
        sum_ += value;
    }
    /// Counts from elsewhere: of another process, or of another time.
    void add(std::size_t cell, std::uint64_t times) noexcept {
        counts_[cell < cells ? cell : overflow] += times;
    }
    void add_sum(std::uint64_t sum) noexcept { sum_ += sum; }

    log_histogram& operator+=(const log_histogram& other) noexcept;
    /// What came since `before` was copied. Counts that went back (it is another process now) are
    /// taken as they are.
    log_histogram since(const log_histogram& before) const noexcept;

    std::uint64_t total() const noexcept;
    std::uint64_t sum() const noexcept { return sum_; }
    std::uint64_t at(std::size_t cell) const noexcept { return counts_[cell]; }
    /// The value below which that share (0 to 1) of all lies, interpolated within its cell; 0 when
    /// nothing was counted.
    double quantile(double share) const noexcept;

private:
    std::array<std::uint64_t, cells> counts_{};
    std::uint64_t sum_ = 0;
};

} // namespace postbus::bus
