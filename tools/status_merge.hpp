#pragma once

#include "bus/broker_survey.hpp"
#include "bus/messages.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace postbus::tools {

struct shown_broker {
    std::string address{};
    bool answered = false;
    std::string incarnation{}; ///< empty when it has not answered
    std::int64_t pid = 0;
    std::int64_t uptime_ms = 0;
};
BOOST_DESCRIBE_STRUCT(shown_broker, (), (address, answered, incarnation, pid, uptime_ms))

/// What several brokers know together. A worker that some of them know is there once, with its
/// credits and calls at all of them.
struct bus_status {
    std::vector<shown_broker> brokers{}; ///< in the order they were asked
    std::vector<bus::service_status> services{};
};
BOOST_DESCRIBE_STRUCT(bus_status, (), (brokers, services))

/// Merges answers to "broker.status". One that cannot be read is none. Pure.
bus_status merge_status(std::span<const bus::broker_answer>);

} // namespace postbus::tools
