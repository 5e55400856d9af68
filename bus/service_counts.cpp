#include "bus/service_counts.hpp"

#include <algorithm>

namespace postbus::bus {

namespace {

constexpr std::array<std::string_view, 14> errors{"ok",
                                                  "unknown_service",
                                                  "no_worker",
                                                  "queue_full",
                                                  "expired",
                                                  "resends_used_up",
                                                  "cancelled",
                                                  "too_late",
                                                  "broker_unreachable",
                                                  "shutting_down",
                                                  "storage",
                                                  "malformed",
                                                  "failed",
                                                  "forbidden"};
constexpr std::array<std::string_view, service_counts::lanes> lane_names{"quick", "slow"};
constexpr std::array<std::string_view, 4> losses{"left", "unreachable", "frozen", "replaced"};

template <class T, std::size_t size>
void add_up(std::array<T, size>& to, const std::array<T, size>& more) noexcept {
    for (std::size_t i = 0; i < size; ++i) to[i] += more[i];
}

} // namespace

std::string_view label(errc error) noexcept {
    const auto index = static_cast<std::size_t>(error);
    return index < errors.size() ? errors[index] : "other";
}

error_counts& error_counts::operator+=(const error_counts& more) noexcept {
    add_up(counts_, more.counts_);
    return *this;
}

service_counts& service_counts::operator+=(const service_counts& more) noexcept {
    add_up(requests, more.requests);
    add_up(queue_wait, more.queue_wait);
    add_up(call_time, more.call_time);
    replies += more.replies;
    refused += more.refused;
    redeliveries += more.redeliveries;
    handed_back += more.handed_back;
    cancelled += more.cancelled;
    add_up(lost, more.lost);
    heartbeats_missed += more.heartbeats_missed;
    wakes += more.wakes;
    return *this;
}

void service_counts::add_to(metric_report& out, std::string_view service) const {
    for (std::size_t i = 0; i < lanes; ++i) {
        const auto lane = lane_names[i];
        out.add("postbus_broker_requests_total", {service, lane}, requests[i]);
        out.add("postbus_broker_queue_wait_seconds", {service, lane}, queue_wait[i]);
        out.add("postbus_broker_call_seconds", {service, lane}, call_time[i]);
    }
    replies.each([&](std::string_view result, std::uint64_t count) {
        out.add("postbus_broker_replies_total", {service, result}, count);
    });
    refused.each([&](std::string_view reason, std::uint64_t count) {
        out.add("postbus_broker_refused_total", {service, reason}, count);
    });
    out.add("postbus_broker_redeliveries_total", {service}, redeliveries);
    out.add("postbus_broker_handed_back_total", {service}, handed_back);
    out.add("postbus_broker_cancelled_total", {service}, cancelled);
    for (std::size_t i = 0; i < lost.size(); ++i)
        out.add("postbus_broker_workers_lost_total", {service, losses[i]}, lost[i]);
    out.add("postbus_broker_heartbeats_missed_total", {service}, heartbeats_missed);
    out.add("postbus_broker_wakes_total", {service}, wakes);
}

service_gauges& service_gauges::operator+=(const service_gauges& more) noexcept {
    const auto add = [](lane& to, const lane& from) {
        to.queued += from.queued;
        to.queued_bytes += from.queued_bytes;
        to.in_flight += from.in_flight;
        to.expected_wait = std::max(to.expected_wait, from.expected_wait);
    };
    for (std::size_t i = 0; i < lanes.size(); ++i) add(lanes[i], more.lanes[i]);
    add(redelivery, more.redelivery);
    ready += more.ready;
    draining += more.draining;
    return *this;
}

void service_gauges::add_to(metric_report& out, std::string_view service) const {
    const auto waiting = [&](std::string_view name, const lane& one) {
        out.add("postbus_broker_queue_calls", {service, name}, one.queued);
        out.add("postbus_broker_queue_bytes", {service, name}, one.queued_bytes);
    };
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        waiting(lane_names[i], lanes[i]);
        out.add("postbus_broker_in_flight_calls", {service, lane_names[i]}, lanes[i].in_flight);
        out.add("postbus_broker_expected_wait_seconds", {service, lane_names[i]},
                lanes[i].expected_wait);
    }
    waiting("redelivery", redelivery);
    out.add("postbus_broker_workers", {service, "ready"}, ready);
    out.add("postbus_broker_workers", {service, "draining"}, draining);
}

} // namespace postbus::bus
