#include "tools/load_meter.hpp"

#include "bus/metric_report.hpp"
#include "schemas/codec.hpp"
#include "tools/broker_complaint.hpp"

#include <algorithm>
#include <cmath>

namespace postbus::tools {

namespace {

using bus::metric_report;

/// Calls `visit(service, other label, series)` for each series of that name; the second label is
/// empty where there is none.
template <class Visitor>
void each(const metric_report& report, bus::metric what, Visitor visit) {
    const auto* family = report.find(what.fact().name);
    if (family == nullptr) return;
    for (const auto& one : family->series)
        if (one.labels.size() == what.fact().label_count() && !one.labels.empty())
            visit(one.labels[0], one.labels.size() > 1 ? one.labels[1] : std::string{}, one);
}

double rounded(double value) {
    return std::round(value * 1000) / 1000;
}

std::string name_of(const std::string& key) {
    return key.substr(0, key.find('/'));
}

/// How far each service is behind, by consumer and source: as its own workers know, or, while none
/// of them tells, as the source's log does.
class lags {
public:
    void add(const bus::broker_metrics& told) {
        for (const auto& kept : told.workers) {
            const auto read = schemas::decode<bus::worker_metrics>(kept.metrics);
            if (!read) continue;
            auto& newest = newest_[{kept.service, kept.instance}];
            if (read->number > newest.number) newest = *read;
        }
    }

    /// By the consumer's name.
    std::map<std::string, std::vector<event_lag>> all() const {
        std::map<std::pair<std::string, std::string>, std::int64_t> own;
        std::map<std::pair<std::string, std::string>, std::int64_t> by_log;
        const auto keep = [](auto& where, std::string consumer, std::string source,
                             std::int64_t events) {
            auto& most = where[{std::move(consumer), std::move(source)}];
            most = std::max(most, events);
        };
        for (const auto& [worker, told] : newest_) {
            const auto service = name_of(worker.first);
            each(told.report, "postbus_worker_event_lag_events",
                 [&](const auto& source, const auto&, const auto& one) {
                     keep(own, service, source, one.value);
                 });
            each(told.report, "postbus_worker_reader_lag_events",
                 [&](const auto& reader, const auto&, const auto& one) {
                     keep(by_log, name_of(reader), service, one.value);
                 });
        }
        own.merge(by_log); // only what is not known already
        std::map<std::string, std::vector<event_lag>> out;
        for (const auto& [who, events] : own) out[who.first].push_back({who.second, events});
        return out;
    }

    /// Workers of that service which told anything.
    std::int64_t workers(const std::string& service) const {
        return std::count_if(newest_.begin(), newest_.end(),
                             [&](const auto& one) { return one.first.first == service; });
    }

private:
    std::map<std::pair<std::string, std::string>, bus::worker_metrics> newest_;
};

/// Workers are connected to all brokers, and counted once: the broker that knows most of them knows
/// best.
void add_workers(const metric_report& report, std::map<std::string, service_load>& services) {
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> workers;
    each(report, "postbus_broker_workers",
         [&](const auto& service, const auto& state, const auto& one) {
             auto& [all, draining] = workers[service];
             all += one.value;
             if (state == "draining") draining += one.value;
         });
    for (const auto& [service, known] : workers) {
        auto& shown = services[service];
        shown.workers = std::max(shown.workers, known.first);
        shown.draining = std::max(shown.draining, known.second);
    }
}

/// A service at this moment, in one broker's words.
void add_gauges(const metric_report& report, std::map<std::string, service_load>& services) {
    each(report, "postbus_broker_queue_calls",
         [&](const auto& service, const auto&, const auto& one) {
             services[service].queued += one.value;
         });
    each(report, "postbus_broker_in_flight_calls",
         [&](const auto& service, const auto&, const auto& one) {
             services[service].in_flight += one.value;
         });
    each(report, "postbus_broker_expected_wait_seconds",
         [&](const auto& service, const auto&, const auto& one) {
             auto& wait = services[service].wait_ms;
             wait = std::max(wait, rounded(static_cast<double>(one.value) / 1000));
         });
    add_workers(report, services);
}

} // namespace

struct load_meter::sum {
    static tallies of(const metric_report& report) {
        tallies out;
        const auto count = [&](bus::metric what, std::uint64_t tally::*where,
                               std::string_view but = {}) {
            each(report, what,
                 [&](const auto& service, const auto& label, const bus::metric_series& one) {
                     if (but.empty() || label != but)
                         out[service].*where += static_cast<std::uint64_t>(one.value);
                 });
        };
        count("postbus_broker_requests_total", &tally::calls);
        count("postbus_broker_refused_total", &tally::refused);
        count("postbus_broker_replies_total", &tally::refused, "ok");
        count("postbus_broker_redeliveries_total", &tally::redeliveries);
        count("postbus_broker_workers_lost_total", &tally::lost, "left");
        count("postbus_broker_heartbeats_missed_total", &tally::missed);
        each(report, "postbus_broker_call_seconds",
             [&](const auto& service, const auto&, const auto& one) {
                 out[service].times += one.histogram();
             });
        return out;
    }

    void add(const tally& more, double seconds) {
        all.redeliveries += more.redeliveries;
        all.lost += more.lost;
        all.missed += more.missed;
        all.times += more.times;
        calls_per_second += static_cast<double>(more.calls) / seconds;
        refused_per_second += static_cast<double>(more.refused) / seconds;
    }

    void show(service_load& out) const {
        load_meter::show(all, out);
        out.calls_per_second = rounded(calls_per_second);
        out.refused_per_second = rounded(refused_per_second);
    }

    tally all;
    double calls_per_second = 0;
    double refused_per_second = 0;
};

load_meter::tally load_meter::since(const tally& now, const tally& before) {
    const auto less = [](std::uint64_t a, std::uint64_t b) { return a < b ? a : a - b; };
    return {less(now.calls, before.calls),
            less(now.refused, before.refused),
            less(now.redeliveries, before.redeliveries),
            less(now.lost, before.lost),
            less(now.missed, before.missed),
            now.times.since(before.times)};
}

/// What a service that comes or goes has had moves from `(others)` or to it: that is no traffic.
load_meter::tallies load_meter::between(const tallies& before, const tallies& now) {
    const auto others = before.find(std::string{bus::other_label});
    const auto others_now = now.find(std::string{bus::other_label});
    const bool came_out = others != before.end() && others_now != now.end() &&
                          others_now->second.calls < others->second.calls;
    const bool went_in =
        std::ranges::any_of(before, [&](const auto& one) { return !now.contains(one.first); });
    tallies out;
    for (const auto& [service, counts] : now) {
        const auto known = before.find(service);
        const bool moved =
            service == bus::other_label ? came_out || went_in : known == before.end() && came_out;
        if (!moved) out[service] = known == before.end() ? counts : since(counts, known->second);
    }
    return out;
}

void load_meter::show(const tally& all, service_load& out) {
    out.redeliveries = static_cast<std::int64_t>(all.redeliveries);
    out.workers_lost = static_cast<std::int64_t>(all.lost);
    out.heartbeats_missed = static_cast<std::int64_t>(all.missed);
    if (all.times.total() == 0) return;
    out.p50_ms = rounded(all.times.quantile(0.5) / 1000);
    out.p99_ms = rounded(all.times.quantile(0.99) / 1000);
}

bus_load load_meter::read(std::span<const bus::broker_answer> answers) {
    bus_load out;
    std::map<std::string, service_load> services;
    std::map<std::string, sum> sums;
    sum total;
    lags behind;
    for (const auto& one : answers) {
        const auto address = one.where.requests();
        const auto told =
            one.answered ? schemas::decode<bus::broker_metrics>(one.body) : std::nullopt;
        out.brokers.push_back({address, told.has_value(), told ? "" : complaint(one)});
        if (!told) continue;
        behind.add(*told);
        add_gauges(told->report, services);
        auto counted = sum::of(told->report);
        if (const auto before = last_.find(address);
            before != last_.end() && before->second.at < one.at) {
            const auto seconds = std::chrono::duration<double>(one.at - before->second.at).count();
            const bool same = before->second.incarnation == told->incarnation;
            for (const auto& [service, came] :
                 between(same ? before->second.services : tallies{}, counted)) {
                sums[service].add(came, seconds);
                total.add(came, seconds);
            }
        }
        last_[address] = {told->incarnation, one.at, std::move(counted)};
    }
    auto lag = behind.all();
    total.show(out.total);
    out.total.service = "(all)";
    for (auto& [service, shown] : services) {
        sums[service].show(shown);
        shown.service = service;
        if (auto found = lag.extract(name_of(service))) shown.lag = std::move(found.mapped());
        shown.workers = std::max(shown.workers, behind.workers(service));
        out.total.queued += shown.queued;
        out.total.in_flight += shown.in_flight;
        out.total.workers += shown.workers;
        out.total.draining += shown.draining;
        out.total.wait_ms = std::max(out.total.wait_ms, shown.wait_ms);
        const bool others = service == bus::other_label;
        if (!others || shown.refused_per_second > 0 || shown.calls_per_second > 0)
            out.services.push_back(std::move(shown));
    }
    // Readers of which no worker is left: only the log knows of them.
    for (auto& [service, behind_by] : lag)
        if (std::ranges::any_of(behind_by, [](const event_lag& one) { return one.events > 0; }))
            out.services.push_back({.service = service, .lag = std::move(behind_by)});
    return out;
}

} // namespace postbus::tools
