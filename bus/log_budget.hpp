#pragma once

#include <chrono>
#include <cstdint>

namespace postbus::bus {

/// How many lines of one kind a log gets, so that nobody can fill a disk with them: `burst` at
/// once, then one each `pause`. Counts what it leaves out. Pure.
class log_budget {
public:
    using time_point = std::chrono::steady_clock::time_point;

    log_budget(std::uint32_t burst, std::chrono::milliseconds pause)
        : pause_{pause}, burst_{pause * burst} {}

    bool take(time_point now) {
        const auto from = spent_until_ > now ? spent_until_ : now;
        if (from + pause_ - now > burst_) {
            ++left_out_;
            return false;
        }
        spent_until_ = from + pause_;
        return true;
    }
    /// Lines left out since last asked.
    std::uint64_t take_left_out() noexcept {
        const auto count = left_out_;
        left_out_ = 0;
        return count;
    }

private:
    std::chrono::milliseconds pause_;
    std::chrono::milliseconds burst_;
    time_point spent_until_{};
    std::uint64_t left_out_ = 0;
};

} // namespace postbus::bus
