#pragma once

#include "bus/errc.hpp"
#include "bus/log_histogram.hpp"
#include "bus/metric_report.hpp"
#include "bus/service_counts.hpp"
#include "gateway/problem.hpp"
#include "gateway/route_numbers.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace postbus::gateway {

/// What has become of the requests of one shard: plain numbers of its thread, found by the route's
/// number. Counting allocates nothing.
class request_counts {
public:
    using duration = std::chrono::steady_clock::duration;

    request_counts() : routes_(route_numbers::first_announced) {}

    /// Makes room for routes up to that number, before any of their requests is counted.
    void make_room(std::uint32_t number) {
        if (number >= routes_.size()) routes_.resize(number + 1);
    }
    /// A response was given. `took`: since the request's head had come.
    void answered(std::uint32_t route, unsigned status, duration took) noexcept {
        auto& its = routes_[route];
        ++its.by_class[status / 100 % classes];
        if (route >= route_numbers::others) its.time.count(bus::micros(took));
    }
    void waited(duration for_the_bus) noexcept { bus_.count(bus::micros(for_the_bus)); }
    void refused(refusal why) noexcept { ++refused_[static_cast<std::size_t>(why)]; }
    void failed(bus::errc why) noexcept { failed_.count(why); }
    void abandoned() noexcept { ++abandoned_; }

    request_counts& operator+=(const request_counts&);
    void add_to(bus::metric_report&, std::span<const route_numbers::name>) const;

private:
    static constexpr std::size_t classes = 6; // of a status: 2 for 2xx
    struct of_route {
        std::array<std::uint64_t, classes> by_class{};
        bus::log_histogram time; // µs
    };

    std::vector<of_route> routes_; // by number
    std::array<std::uint64_t, refusals> refused_{};
    bus::error_counts failed_;
    bus::log_histogram bus_; // µs
    std::uint64_t abandoned_ = 0;
};

/// One shard at this moment, and since its start; or several together.
struct shard_figures {
    request_counts counts;
    std::uint64_t open_calls = 0;
    std::uint64_t connects = 0;
    std::uint64_t registry_age = 0; ///< µs; of several the highest

    shard_figures& operator+=(const shard_figures&);
    void add_to(bus::metric_report&, std::span<const route_numbers::name>) const;
};

} // namespace postbus::gateway
