#include "bus/log_histogram.hpp"

#include <algorithm>

namespace postbus::bus {

log_histogram& log_histogram::operator+=(const log_histogram& other) noexcept {
    for (std::size_t i = 0; i < cells; ++i) counts_[i] += other.counts_[i];
    sum_ += other.sum_;
    return *this;
}

log_histogram log_histogram::since(const log_histogram& before) const noexcept {
    auto out = *this;
    for (std::size_t i = 0; i < cells; ++i) {
        if (counts_[i] < before.counts_[i]) return *this;
        out.counts_[i] -= before.counts_[i];
    }
    out.sum_ -= std::min(sum_, before.sum_);
    return out;
}

std::uint64_t log_histogram::total() const noexcept {
    std::uint64_t out = 0;
    for (const auto one : counts_) out += one;
    return out;
}

double log_histogram::quantile(double share) const noexcept {
    const auto all = total();
    if (all == 0) return 0;
    const auto wanted = share * static_cast<double>(all);
    double below = 0;
    for (std::size_t i = 0; i < overflow; ++i) {
        const auto here = static_cast<double>(counts_[i]);
        if (here > 0 && below + here >= wanted) {
            const auto lower = i == 0 ? 0.0 : static_cast<double>(bound(i - 1));
            const auto upper = static_cast<double>(bound(i));
            return lower + (upper - lower) * std::max(0.0, wanted - below) / here;
        }
        below += here;
    }
    return static_cast<double>(bound(overflow - 1));
}

} // namespace postbus::bus
