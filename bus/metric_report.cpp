#include "bus/metric_report.hpp"

#include <algorithm>

namespace postbus::bus {

namespace {

metric_series& append(std::vector<metric_family>& families, metric what,
                      std::initializer_list<std::string_view> labels) {
    const auto name = what.fact().name;
    // Series of one family mostly come one after the other.
    auto found = std::find_if(families.rbegin(), families.rend(),
                              [&](const metric_family& one) { return one.name == name; });
    auto& family = found == families.rend() ? families.emplace_back() : *found;
    if (family.name.empty()) family.name = name;
    auto& out = family.series.emplace_back();
    out.labels.assign(labels.begin(), labels.end());
    return out;
}

} // namespace

log_histogram metric_series::histogram() const noexcept {
    log_histogram out;
    for (const auto& one : cells) out.add(one.cell, one.count);
    out.add_sum(static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0)));
    return out;
}

void metric_report::add(metric what, std::initializer_list<std::string_view> labels,
                        std::uint64_t value) {
    append(families, what, labels).value = static_cast<std::int64_t>(value);
}

void metric_report::add(metric what, std::initializer_list<std::string_view> labels,
                        const log_histogram& values) {
    auto& out = append(families, what, labels);
    out.value = static_cast<std::int64_t>(values.sum());
    for (std::size_t i = 0; i < log_histogram::cells; ++i)
        if (values.at(i) != 0) out.cells.push_back({static_cast<std::uint8_t>(i), values.at(i)});
}

const metric_family* metric_report::find(std::string_view name) const noexcept {
    const auto found = std::find_if(families.begin(), families.end(),
                                    [&](const metric_family& one) { return one.name == name; });
    return found == families.end() ? nullptr : &*found;
}

} // namespace postbus::bus
