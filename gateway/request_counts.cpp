#include "gateway/request_counts.hpp"

#include <algorithm>
#include <string>

namespace postbus::gateway {

namespace {

/// As the bus names its errors: "not_found".
std::string label(refusal why) {
    std::string out{name(why)};
    std::ranges::replace(out, '-', '_');
    return out;
}

} // namespace

request_counts& request_counts::operator+=(const request_counts& more) {
    if (routes_.size() < more.routes_.size()) routes_.resize(more.routes_.size());
    for (std::size_t i = 0; i < more.routes_.size(); ++i) {
        for (std::size_t c = 0; c < classes; ++c)
            routes_[i].by_class[c] += more.routes_[i].by_class[c];
        routes_[i].time += more.routes_[i].time;
    }
    for (std::size_t i = 0; i < refused_.size(); ++i) refused_[i] += more.refused_[i];
    failed_ += more.failed_;
    bus_ += more.bus_;
    abandoned_ += more.abandoned_;
    return *this;
}

void request_counts::add_to(bus::metric_report& out,
                            std::span<const route_numbers::name> names) const {
    for (std::size_t i = 0; i < std::min(routes_.size(), names.size()); ++i) {
        const auto& [method, path] = names[i];
        for (std::size_t c = 0; c < classes; ++c)
            if (routes_[i].by_class[c] != 0)
                out.add("postbus_gateway_requests_total", {method, path, std::to_string(c) + "xx"},
                        routes_[i].by_class[c]);
        if (routes_[i].time.total() != 0)
            out.add("postbus_gateway_request_seconds", {method, path}, routes_[i].time);
    }
    for (std::size_t i = 0; i < refused_.size(); ++i)
        if (refused_[i] != 0)
            out.add("postbus_gateway_refused_total", {label(static_cast<refusal>(i))}, refused_[i]);
    failed_.each([&](std::string_view why, std::uint64_t count) {
        out.add("postbus_gateway_calls_failed_total", {why}, count);
    });
    out.add("postbus_gateway_bus_wait_seconds", {}, bus_);
    out.add("postbus_gateway_abandoned_total", {}, abandoned_);
}

shard_figures& shard_figures::operator+=(const shard_figures& more) {
    counts += more.counts;
    open_calls += more.open_calls;
    connects += more.connects;
    registry_age = std::max(registry_age, more.registry_age);
    return *this;
}

void shard_figures::add_to(bus::metric_report& out,
                           std::span<const route_numbers::name> names) const {
    counts.add_to(out, names);
    out.add("postbus_gateway_open_calls", {}, open_calls);
    out.add("postbus_gateway_connects_total", {}, connects);
    out.add("postbus_gateway_registry_age_seconds", {}, registry_age);
}

} // namespace postbus::gateway
