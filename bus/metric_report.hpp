#pragma once

#include "bus/log_histogram.hpp"
#include "bus/metric_catalog.hpp"
#include "schemas/describe.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

/// What a process tells of itself, as cereal on the bus: the values of some of the catalog's
/// series. Names travel, so that programs of different versions understand what they share.

namespace postbus::bus {

struct metric_cell {
    std::uint8_t cell = 0; ///< of log_histogram
    std::uint64_t count = 0;

    bool operator==(const metric_cell&) const = default;
};
BOOST_DESCRIBE_STRUCT(metric_cell, (), (cell, count))

struct metric_series {
    std::vector<std::string> labels{}; ///< values of its own labels, in the catalog's order
    std::int64_t value = 0;            ///< of a histogram: the sum
    std::vector<metric_cell> cells{};  ///< of a histogram: those that are not empty

    bool operator==(const metric_series&) const = default;
    log_histogram histogram() const noexcept;
};
BOOST_DESCRIBE_STRUCT(metric_series, (), (labels, value, cells))

struct metric_family {
    std::string name{};
    std::vector<metric_series> series{};

    bool operator==(const metric_family&) const = default;
};
BOOST_DESCRIBE_STRUCT(metric_family, (), (name, series))

struct metric_report {
    std::vector<metric_family> families{};

    bool operator==(const metric_report&) const = default;
    /// Appends a series to the family of that name.
    void add(metric, std::initializer_list<std::string_view> labels, std::uint64_t value);
    void add(metric, std::initializer_list<std::string_view> labels, const log_histogram&);
    const metric_family* find(std::string_view name) const noexcept;
};
BOOST_DESCRIBE_STRUCT(metric_report, (), (families))

/// Meta of a worker's HEARTBEAT, about once a second to each of its brokers. Soft state: the broker
/// keeps the last one, unread, while it knows the worker.
struct worker_metrics {
    std::uint64_t number = 0; ///< counts up: of two, the higher is the newer
    metric_report report{};
};
BOOST_DESCRIBE_STRUCT(worker_metrics, (), (number, report))

struct kept_metrics {
    std::string service{};  ///< key, "users/1"
    std::string instance{}; ///< of the worker
    std::string metrics{};  ///< bytes of worker_metrics, as they came
};
BOOST_DESCRIBE_STRUCT(kept_metrics, (), (service, instance, metrics))

/// The broker answers "broker.metrics" with this, in cereal.
struct broker_metrics {
    std::uint64_t incarnation = 0;
    metric_report report{};
    std::vector<kept_metrics> workers{};
};
BOOST_DESCRIBE_STRUCT(broker_metrics, (), (incarnation, report, workers))

/// A worker's longer meta is not kept, nor is what would make all of them together larger.
inline constexpr std::size_t max_worker_metrics = 64 * 1024;
inline constexpr std::size_t max_kept_metrics = 12 * 1024 * 1024;
/// What stands for all those that would be one too many.
inline constexpr std::string_view other_label = "(others)";

} // namespace postbus::bus
