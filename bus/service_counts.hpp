#pragma once

#include "bus/errc.hpp"
#include "bus/log_histogram.hpp"
#include "bus/metric_report.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace postbus::bus {

/// An error's name in a label: "queue_full". "ok" for none.
std::string_view label(errc) noexcept;

/// Counts by error of the bus.
class error_counts {
public:
    void count(errc error) noexcept { ++counts_[static_cast<std::size_t>(error) % size]; }
    error_counts& operator+=(const error_counts&) noexcept;
    /// Calls `visit(label, count)` for each that has come.
    template <class Visitor>
    void each(Visitor visit) const {
        for (std::size_t i = 0; i < size; ++i)
            if (counts_[i] != 0) visit(label(static_cast<errc>(i)), counts_[i]);
    }

private:
    static constexpr std::size_t size = 64; // a head has six bits for it
    std::array<std::uint64_t, size> counts_{};
};

/// What has become of one service's calls and workers, as the router counts it: plain numbers of
/// the broker's one thread.
struct service_counts {
    static constexpr std::size_t lanes = 2;

    std::array<std::uint64_t, lanes> requests{};
    std::array<log_histogram, lanes> queue_wait; ///< µs
    std::array<log_histogram, lanes> call_time;  ///< µs
    error_counts replies;
    error_counts refused;
    std::uint64_t redeliveries = 0;
    std::uint64_t handed_back = 0;
    std::uint64_t cancelled = 0;
    std::array<std::uint64_t, 4> lost{}; ///< by router::loss
    std::uint64_t heartbeats_missed = 0;
    std::uint64_t wakes = 0;

    service_counts& operator+=(const service_counts&) noexcept;
    void add_to(metric_report&, std::string_view service) const;
};

/// A service at this moment.
struct service_gauges {
    struct lane {
        std::uint64_t queued = 0;
        std::uint64_t queued_bytes = 0;
        std::uint64_t in_flight = 0;
        std::uint64_t expected_wait = 0; ///< µs
    };
    std::array<lane, service_counts::lanes> lanes;
    lane redelivery;
    std::uint64_t ready = 0;
    std::uint64_t draining = 0;

    service_gauges& operator+=(const service_gauges&) noexcept;
    void add_to(metric_report&, std::string_view service) const;
};

/// Whole microseconds between two times; 0 when they are the wrong way round.
inline std::uint64_t micros(std::chrono::steady_clock::duration time) noexcept {
    const auto count = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
    return count > 0 ? static_cast<std::uint64_t>(count) : 0;
}

} // namespace postbus::bus
