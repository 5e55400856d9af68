#include "bus/router.hpp"

#include "schemas/codec.hpp"

namespace postbus::bus {

// What the router counted, and what workers tell of themselves.

namespace {

// Services that are shown by themselves: the series that one broker can make must have a bound.
constexpr std::size_t shown_services = 200;

} // namespace

// Kept as it came: only whoever asks for it reads it.
void router::keep_metrics(std::uint32_t index, std::string_view meta) {
    auto& kept = workers_[index].metrics;
    kept_metrics_ -= kept.size();
    kept.clear();
    if (meta.size() > max_worker_metrics || kept_metrics_ + meta.size() > max_kept_metrics) {
        ++dropped_reports_;
        return;
    }
    kept.assign(meta);
    kept_metrics_ += kept.size();
}

void router::forget_metrics(std::uint32_t index) {
    kept_metrics_ -= workers_[index].metrics.size();
    workers_[index].metrics = {};
}

service_gauges router::gauges(std::uint32_t index, time_point now) const {
    const auto& one = services_[index];
    service_gauges out;
    for (auto lane : {quick, slow}) {
        out.lanes[lane].queued = one.waiting[lane].size();
        out.lanes[lane].queued_bytes = one.waiting[lane].bytes();
        out.lanes[lane].expected_wait = micros(one.wait[lane].expected(now));
    }
    out.redelivery.queued = one.redelivery.size();
    out.redelivery.queued_bytes = one.redelivery.bytes();
    return out;
}

metric_report router::metrics(time_point at) const {
    std::vector<service_gauges> now;
    for (std::uint32_t s = 0; s < services_.size(); ++s) now.push_back(gauges(s, at));
    for (const auto& who : workers_) {
        if (!who.present) continue;
        auto& its = now[who.service];
        for (auto lane : {quick, slow}) its.lanes[lane].in_flight += who.member[lane].in_flight;
        ++(who.draining ? its.draining : its.ready);
    }
    metric_report out;
    std::size_t shown = 0;
    auto others = nowhere_; // calls for services that nobody announced
    service_gauges others_now;
    for (std::uint32_t s = 0; s < services_.size(); ++s) {
        const auto& one = services_[s];
        if (one.announced && shown < shown_services) {
            one.counts.add_to(out, one.key);
            now[s].add_to(out, one.key);
            ++shown;
        } else {
            others += one.counts;
            others_now += now[s];
        }
    }
    others.add_to(out, other_label);
    others_now.add_to(out, other_label);
    out.add("postbus_broker_late_replies_total", {}, late_replies_);
    out.add("postbus_broker_workers_refused_total", {}, refused_workers_);
    out.add("postbus_broker_worker_reports_dropped_total", {}, dropped_reports_);
    out.add("postbus_broker_pending_calls", {}, pending_.size());
    out.add("postbus_broker_registry_revision", {}, registry_.revision());
    return out;
}

void router::answer_metrics(peer_id from, const head& request, time_point now,
                            router_actions& out) {
    broker_metrics told{.incarnation = incarnation_, .report = metrics(now), .workers = {}};
    out.add_metrics(told.report);
    for (const auto& who : workers_)
        if (who.present && !who.metrics.empty())
            told.workers.push_back({services_[who.service].key, who.instance, who.metrics});
    const auto meta = schemas::encode(reply_meta{
        .status = 200, .fields = {{std::string{content_type_field}, "application/octet-stream"}}});
    const auto body = schemas::encode(told);
    budget_.charge(from, std::chrono::milliseconds{body.size() / bytes_a_ms}, now);
    const head answer{.kind = kind::reply, .slot = request.slot, .id = request.id};
    out.send(from, {.head = answer, .meta = meta, .body = body, .detached = {}});
}

} // namespace postbus::bus
