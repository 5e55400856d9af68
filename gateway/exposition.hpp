#pragma once

#include "bus/broker_survey.hpp"
#include "bus/metric_report.hpp"

#include <chrono>
#include <span>
#include <string>

namespace postbus::gateway {

/// Lines that the workers' metrics may make: what would be more is left out, worker by worker.
inline constexpr std::size_t max_worker_series = 20'000;

/// The text that Prometheus reads (text format 0.0.4): this gateway's report, and what each broker
/// answered to "broker.metrics". A worker of several brokers is shown once. Pure.
std::string exposition(const bus::metric_report& own, std::span<const bus::broker_answer>,
                       std::chrono::microseconds took);

} // namespace postbus::gateway
