#pragma once

#include "schemas/describe.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What `postbus top` shows, and prints as JSON: the bus over one stretch of time.

namespace postbus::tools {

/// Events that a service has not read yet.
struct event_lag {
    std::string source{}; ///< the service that has them
    std::int64_t events = 0;
};
BOOST_DESCRIBE_STRUCT(event_lag, (), (source, events))

/// One service, or all of them. Rates and times are of the stretch, the rest is of its end.
struct service_load {
    std::string service{}; ///< key, "users/1"
    double calls_per_second = 0;
    double refused_per_second = 0;  ///< by the bus or a worker; problems of a service are none
    std::optional<double> p50_ms{}; ///< from arrival at the broker to the reply; none: no reply
    std::optional<double> p99_ms{};
    std::int64_t queued = 0;
    double wait_ms = 0; ///< that a call which came now would have
    std::int64_t in_flight = 0;
    std::int64_t workers = 0;
    std::int64_t draining = 0; ///< of these
    std::int64_t redeliveries = 0;
    std::int64_t workers_lost = 0; ///< those that left by themselves are not lost
    std::int64_t heartbeats_missed = 0;
    std::vector<event_lag> lag{};
};
BOOST_DESCRIBE_STRUCT(service_load, (),
                      (service, calls_per_second, refused_per_second, p50_ms, p99_ms, queued,
                       wait_ms, in_flight, workers, draining, redeliveries, workers_lost,
                       heartbeats_missed, lag))

struct broker_seen {
    std::string address{};
    bool answered = false;
    std::string problem{}; ///< why it did not
};
BOOST_DESCRIBE_STRUCT(broker_seen, (), (address, answered, problem))

struct bus_load {
    std::int64_t unix_ms = 0;
    std::vector<broker_seen> brokers{};
    service_load total{};
    std::vector<service_load> services{}; ///< by key
};
BOOST_DESCRIBE_STRUCT(bus_load, (), (unix_ms, brokers, total, services))

} // namespace postbus::tools
