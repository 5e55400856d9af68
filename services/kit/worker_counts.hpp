#pragma once

#include "bus/log_histogram.hpp"
#include "bus/metric_report.hpp"
#include "bus/service_counts.hpp"
#include "services/kit/handler_table.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace postbus::kit {

/// What a batch counts.
struct batch_counts {
    bus::log_histogram size;   ///< writes begun in one transaction
    bus::log_histogram commit; ///< µs
    std::uint64_t recorded = 0;
    std::uint64_t replayed = 0;
};

/// What a turn counts: plain numbers of its one thread.
struct worker_counts {
    std::uint64_t turns = 0;
    bus::log_histogram lock_wait; ///< µs
    bus::error_counts refused;
    std::vector<bus::log_histogram> handlers; ///< µs, by operation::number

    using clock = std::chrono::steady_clock;
    /// The lock was not free, and: it was got, or is not wanted any more.
    void begin_lock_wait(clock::time_point now) noexcept {
        if (!waits_since_) waits_since_ = now;
    }
    void end_lock_wait(clock::time_point now) noexcept {
        if (waits_since_) lock_wait.count(bus::micros(now - *waits_since_));
        waits_since_.reset();
    }

    void add_to(bus::metric_report&, const handler_table&, const batch_counts&) const;

private:
    std::optional<clock::time_point> waits_since_;
};

} // namespace postbus::kit
