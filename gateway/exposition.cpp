#include "gateway/exposition.hpp"

#include "schemas/codec.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <map>
#include <sstream>
#include <vector>

namespace postbus::gateway {

namespace {

using bus::log_histogram;
using bus::metric_catalog;
using bus::metric_kind;
using bus::metric_of;
using bus::metric_unit;
using label = prometheus::ClientMetric::Label;

double scale(metric_unit unit) {
    switch (unit) {
    case metric_unit::micros: return 1e-6;
    case metric_unit::millis: return 1e-3;
    case metric_unit::number: break;
    }
    return 1;
}

prometheus::MetricType type_of(metric_kind kind) {
    switch (kind) {
    case metric_kind::counter: return prometheus::MetricType::Counter;
    case metric_kind::gauge: return prometheus::MetricType::Gauge;
    case metric_kind::histogram: break;
    }
    return prometheus::MetricType::Histogram;
}

/// Every doubling is a bucket: 16 µs to 67 s, or 1 to 4096 things.
prometheus::ClientMetric::Histogram shown(const log_histogram& values, metric_unit unit) {
    const unsigned lowest = unit == metric_unit::number ? 0 : 4;
    const unsigned highest = unit == metric_unit::number ? 12 : 26;
    prometheus::ClientMetric::Histogram out;
    std::uint64_t count = 0;
    unsigned power = lowest;
    for (std::size_t i = 0; i < log_histogram::overflow && power <= highest; ++i) {
        count += values.at(i);
        if (log_histogram::bound(i) != std::uint64_t{1} << power) continue;
        out.bucket.push_back({count, static_cast<double>(log_histogram::bound(i)) * scale(unit)});
        ++power;
    }
    out.sample_count = values.total();
    out.sample_sum = static_cast<double>(values.sum()) * scale(unit);
    out.bucket.push_back({out.sample_count, std::numeric_limits<double>::infinity()});
    return out;
}

class page {
public:
    page() : families_(metric_catalog.size()) {}

    /// What is not in the catalog, or has other labels there, is passed over.
    void add(const bus::metric_report& report, const std::vector<label>& whose) {
        for (const auto& family : report.families) {
            const auto index = bus::find_metric(family.name);
            if (!index) continue;
            for (const auto& one : family.series) add(*index, one, whose);
        }
    }

    std::string text() {
        std::vector<prometheus::MetricFamily> out;
        for (std::size_t i = 0; i < families_.size(); ++i) {
            if (families_[i].metric.empty()) continue;
            families_[i].name = metric_catalog[i].name;
            families_[i].help = metric_catalog[i].help;
            families_[i].type = type_of(metric_catalog[i].kind);
            out.push_back(std::move(families_[i]));
        }
        std::ostringstream text;
        prometheus::TextSerializer{}.Serialize(text, out);
        return std::move(text).str();
    }

private:
    void add(std::size_t index, const bus::metric_series& one, const std::vector<label>& whose) {
        const auto& fact = metric_catalog[index];
        if (one.labels.size() != fact.label_count()) return;
        prometheus::ClientMetric out;
        out.label = whose;
        for (std::size_t i = 0; i < one.labels.size(); ++i)
            out.label.push_back({std::string{fact.labels[i]}, one.labels[i]});
        const auto value = static_cast<double>(one.value) * scale(fact.unit);
        if (fact.kind == metric_kind::counter) out.counter.value = value;
        else if (fact.kind == metric_kind::gauge) out.gauge.value = value;
        else out.histogram = shown(one.histogram(), fact.unit);
        families_[index].metric.push_back(std::move(out));
    }

    std::vector<prometheus::MetricFamily> families_;
};

/// A report may hold only what its sender is.
void keep_only(bus::metric_report& report, metric_of whose) {
    std::erase_if(report.families, [&](const bus::metric_family& one) {
        const auto index = bus::find_metric(one.name);
        if (!index) return true;
        const auto of = metric_catalog[*index].of;
        return of != whose && of != metric_of::process;
    });
}

std::size_t series_in(const bus::metric_report& report) {
    std::size_t out = 0;
    for (const auto& one : report.families) out += one.series.size();
    return out;
}

/// Families come with the labels that say which program of the bus it is.
std::vector<label> labels_of(std::string_view program, const std::string& instance) {
    return {{"program", std::string{program}}, {"instance", instance}};
}

} // namespace

std::string exposition(const bus::metric_report& own, std::span<const bus::broker_answer> brokers,
                       std::chrono::microseconds took) {
    page out;
    out.add(own, {{"program", "gateway"}});
    bus::metric_report scrape;
    std::uint64_t left_out = 0;
    std::map<std::pair<std::string, std::string>, bus::worker_metrics> workers; // each once
    for (const auto& one : brokers) {
        const auto instance = one.where.requests();
        auto told = one.answered ? schemas::decode<bus::broker_metrics>(one.body) : std::nullopt;
        scrape.add("postbus_up", {instance}, told ? 1U : 0U);
        if (!told) continue;
        keep_only(told->report, metric_of::broker);
        out.add(told->report, labels_of("broker", instance));
        for (auto& kept : told->workers) {
            auto read = schemas::decode<bus::worker_metrics>(kept.metrics);
            if (!read) {
                ++left_out;
                continue;
            }
            auto& known = workers[{kept.service, kept.instance}];
            if (read->number > known.number) known = *std::move(read);
        }
    }
    std::size_t series = 0;
    for (auto& [name, told] : workers) {
        keep_only(told.report, metric_of::worker);
        series += series_in(told.report);
        if (series > max_worker_series) {
            ++left_out;
            continue;
        }
        auto whose = labels_of("worker", name.second);
        whose.push_back({"service", name.first});
        out.add(told.report, whose);
    }
    scrape.add("postbus_scrape_duration_seconds", {}, static_cast<std::uint64_t>(took.count()));
    scrape.add("postbus_scrape_workers_left_out", {}, left_out);
    out.add(scrape, {});
    return out.text();
}

} // namespace postbus::gateway
