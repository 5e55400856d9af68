#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace postbus::bus {

enum class metric_kind : std::uint8_t { counter, gauge, histogram };

/// What one unit on the wire is, and what it is shown in.
enum class metric_unit : std::uint8_t {
    number, ///< things, bytes: shown as they are
    micros, ///< microseconds, shown in seconds
    millis, ///< milliseconds, shown in seconds
};

/// Whose series it is: says which labels it has besides its own.
enum class metric_of : std::uint8_t {
    broker,  ///< `instance`: the broker's address
    worker,  ///< `service` and `instance`: the worker's random id
    gateway, ///< none: the gateway that was asked
    process, ///< `program`, and those of that program
    scrape,  ///< none: of the scrape itself
};

struct metric_fact {
    std::string_view name;
    metric_of of = metric_of::broker;
    metric_kind kind = metric_kind::counter;
    metric_unit unit = metric_unit::number;
    std::array<std::string_view, 3> labels{}; ///< its own, in order; empty ones: it has fewer
    std::string_view help;

    constexpr std::size_t label_count() const noexcept {
        std::size_t out = 0;
        while (out < labels.size() && !labels[out].empty()) ++out;
        return out;
    }
};

/// Every series that a Postbus program tells of. What is not in here is not shown, whoever sends
/// it. docs/metrics.md says the same for people; a test compares the two.
// clang-format off
inline constexpr auto metric_catalog = [] {
    using k = metric_kind;
    using o = metric_of;
    using u = metric_unit;
    return std::to_array<metric_fact>({
    {"postbus_broker_requests_total", o::broker, k::counter, u::number, {"service", "lane"}, "Requests that were taken"},
    {"postbus_broker_replies_total", o::broker, k::counter, u::number, {"service", "result"}, "Replies of workers: ok, or the error in their head"},
    {"postbus_broker_refused_total", o::broker, k::counter, u::number, {"service", "reason"}, "Calls that the broker itself refused"},
    {"postbus_broker_redeliveries_total", o::broker, k::counter, u::number, {"service"}, "Calls sent again because their worker was lost"},
    {"postbus_broker_handed_back_total", o::broker, k::counter, u::number, {"service"}, "Calls that a draining worker gave back untouched"},
    {"postbus_broker_cancelled_total", o::broker, k::counter, u::number, {"service"}, "Calls that their caller took back"},
    {"postbus_broker_late_replies_total", o::broker, k::counter, u::number, {}, "Replies to calls that had ended"},
    {"postbus_broker_queue_calls", o::broker, k::gauge, u::number, {"service", "lane"}, "Calls that wait for a worker"},
    {"postbus_broker_queue_bytes", o::broker, k::gauge, u::number, {"service", "lane"}, "Their bytes"},
    {"postbus_broker_queue_wait_seconds", o::broker, k::histogram, u::micros, {"service", "lane"}, "From a call's arrival to its first worker"},
    {"postbus_broker_call_seconds", o::broker, k::histogram, u::micros, {"service", "lane"}, "From a call's arrival to its reply"},
    {"postbus_broker_expected_wait_seconds", o::broker, k::gauge, u::micros, {"service", "lane"}, "What a call that came now would wait for a worker; 0: not known, or no time"},
    {"postbus_broker_in_flight_calls", o::broker, k::gauge, u::number, {"service", "lane"}, "Calls in the hands of workers"},
    {"postbus_broker_workers", o::broker, k::gauge, u::number, {"service", "state"}, "Workers: ready or draining"},
    {"postbus_broker_workers_lost_total", o::broker, k::counter, u::number, {"service", "how"}, "Workers that went: left, unreachable, frozen, replaced"},
    {"postbus_broker_workers_refused_total", o::broker, k::counter, u::number, {}, "READY messages that were refused"},
    {"postbus_broker_heartbeats_missed_total", o::broker, k::counter, u::number, {"service"}, "Pings that were due while the one before had no answer"},
    {"postbus_broker_wakes_total", o::broker, k::counter, u::number, {"service"}, "Wake-ups that its workers sent"},
    {"postbus_broker_malformed_messages_total", o::broker, k::counter, u::number, {}, "Messages that were not of this protocol"},
    {"postbus_broker_worker_reports_dropped_total", o::broker, k::counter, u::number, {}, "Metrics of workers that were too large to keep"},
    {"postbus_broker_peers", o::broker, k::gauge, u::number, {}, "Connections heard of within a minute"},
    {"postbus_broker_pending_calls", o::broker, k::gauge, u::number, {}, "Calls between their request and their end"},
    {"postbus_broker_registry_revision", o::broker, k::gauge, u::number, {}, "Counts the changes of the registry since the start"},

    {"postbus_worker_turns_total", o::worker, k::counter, u::number, {}, "Turns of the worker's loop"},
    {"postbus_worker_waiting_calls", o::worker, k::gauge, u::number, {"kind"}, "Requests in hand that wait for their turn: reads, writes"},
    {"postbus_worker_batch_size", o::worker, k::histogram, u::number, {}, "Writes that were begun in one transaction"},
    {"postbus_worker_commit_seconds", o::worker, k::histogram, u::micros, {}, "Time of a batch's COMMIT"},
    {"postbus_worker_handler_seconds", o::worker, k::histogram, u::micros, {"operation"}, "Time that a request's handler took"},
    {"postbus_worker_writes_recorded_total", o::worker, k::counter, u::number, {}, "Replies that were recorded beside their effect"},
    {"postbus_worker_writes_replayed_total", o::worker, k::counter, u::number, {}, "Writes answered from their record"},
    {"postbus_worker_refused_total", o::worker, k::counter, u::number, {"reason"}, "Requests refused with an error of the bus"},
    {"postbus_worker_slow_calls", o::worker, k::gauge, u::number, {"state"}, "In the slow pool: running, waiting"},
    {"postbus_worker_slow_threads", o::worker, k::gauge, u::number, {}, "Threads of the slow pool"},
    {"postbus_worker_write_lock_wait_seconds", o::worker, k::histogram, u::micros, {}, "Waits for the database's write lock, where it was not free at once"},
    {"postbus_worker_connects_total", o::worker, k::counter, u::number, {}, "Connects to brokers, the first included"},
    {"postbus_worker_log_head", o::worker, k::gauge, u::number, {}, "Number of the newest event in the service's log"},
    {"postbus_worker_reader_lag_events", o::worker, k::gauge, u::number, {"reader"}, "Events in the service's log that a consumer of it has not read, as the log knows"},
    {"postbus_worker_event_lag_events", o::worker, k::gauge, u::number, {"source"}, "Events of a source that this worker knows of and has not read"},
    {"postbus_worker_events_read_total", o::worker, k::counter, u::number, {"source"}, "Events of a source that this worker is done with"},
    {"postbus_worker_parked_events", o::worker, k::gauge, u::number, {}, "Events that could not be processed, and those behind them; 10000: or more"},
    {"postbus_worker_wal_bytes", o::worker, k::gauge, u::number, {}, "SQLite's log that is in use"},
    {"postbus_worker_database_faults_total", o::worker, k::counter, u::number, {"kind"}, "Errors of the database: bug, storage, interrupted, unstorable, lost"},

    {"postbus_gateway_open_connections", o::gateway, k::gauge, u::number, {}, "Connections of clients"},
    {"postbus_gateway_requests_total", o::gateway, k::counter, u::number, {"method", "route", "status"}, "Requests that were answered, by the class of the status: 2xx"},
    {"postbus_gateway_request_seconds", o::gateway, k::histogram, u::micros, {"method", "route"}, "From a request's head to its answer, of routes of services"},
    {"postbus_gateway_refused_total", o::gateway, k::counter, u::number, {"reason"}, "Requests and connections that the gateway itself refused"},
    {"postbus_gateway_calls_failed_total", o::gateway, k::counter, u::number, {"reason"}, "Requests that ended in an error of the bus"},
    {"postbus_gateway_abandoned_total", o::gateway, k::counter, u::number, {}, "Requests whose client went before the answer"},
    {"postbus_gateway_bus_wait_seconds", o::gateway, k::histogram, u::micros, {}, "From a call's start to its reply"},
    {"postbus_gateway_open_calls", o::gateway, k::gauge, u::number, {}, "Calls that have no reply yet"},
    {"postbus_gateway_connects_total", o::gateway, k::counter, u::number, {}, "Connects to brokers, of all threads, the first included"},
    {"postbus_gateway_registry_age_seconds", o::gateway, k::gauge, u::micros, {}, "Since a broker last told which services there are; of threads the longest"},
    {"postbus_gateway_services", o::gateway, k::gauge, u::number, {}, "Services that are known"},
    {"postbus_gateway_routes", o::gateway, k::gauge, u::number, {}, "Routes that are known"},

    {"postbus_process_start_time_seconds", o::process, k::gauge, u::millis, {}, "Unix time of the start"},
    {"postbus_process_resident_memory_bytes", o::process, k::gauge, u::number, {}, "Memory in RAM"},
    {"postbus_process_cpu_seconds_total", o::process, k::counter, u::millis, {}, "Processor time of user and system"},
    {"postbus_process_open_fds", o::process, k::gauge, u::number, {}, "Open file descriptors"},

    {"postbus_up", o::scrape, k::gauge, u::number, {"instance"}, "Whether this broker answered the scrape"},
    {"postbus_scrape_duration_seconds", o::scrape, k::gauge, u::micros, {}, "Time that the scrape took"},
    {"postbus_scrape_workers_left_out", o::scrape, k::gauge, u::number, {}, "Workers that are not shown: their metrics are too many, or not readable"},
    });
}();
// clang-format on

/// A series of the catalog, named in the code by its name: one that is not in the catalog does not
/// compile.
class metric {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): a literal is to stand where a metric is wanted
    consteval metric(const char* name) : index_{find(name)} {}
    constexpr std::size_t index() const noexcept { return index_; }
    constexpr const metric_fact& fact() const noexcept { return metric_catalog[index_]; }

private:
    static consteval std::size_t find(std::string_view name) {
        for (std::size_t i = 0; i < metric_catalog.size(); ++i)
            if (metric_catalog[i].name == name) return i;
        throw "not in the catalog of metrics";
    }

    std::size_t index_;
};

/// Where the catalog has that name.
std::optional<std::size_t> find_metric(std::string_view name) noexcept;

} // namespace postbus::bus
