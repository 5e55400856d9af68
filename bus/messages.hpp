#pragma once

#include "bus/call_id.hpp"
#include "schemas/describe.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the bus itself says, as cereal in a record's meta (schemas/codec.hpp). Requests and replies
/// carry their own JSON in the body; nothing between gateway and worker reads it.

namespace postbus::bus {

/// A name and a text: a bound parameter, or a field of an HTTP message (name in lower case).
struct field {
    std::string name{};
    std::string value{};

    bool operator==(const field&) const = default;
};
BOOST_DESCRIBE_STRUCT(field, (), (name, value))

/// Fields that go to every write, declared or not, when the client names its request.
inline constexpr std::string_view idempotency_key_field = "idempotency-key"; ///< without quotes
inline constexpr std::string_view content_type_field = "content-type";       ///< only beside a key

/// Meta of a REQUEST.
struct call_meta {
    std::string operation{};     ///< "users.get"
    std::vector<field> path{};   ///< bound from the path template, percent-decoded
    std::vector<field> query{};  ///< in the order given, percent-decoded
    std::vector<field> fields{}; ///< those that the operation declared, and see above
    std::string trace{};         ///< W3C traceparent, or empty
    std::string principal{};     ///< who calls, or empty
};
BOOST_DESCRIBE_STRUCT(call_meta, (), (operation, path, query, fields, trace, principal))

/// Meta of a REPLY whose head carries no error. The body is JSON: a problem when status >= 400.
struct reply_meta {
    std::uint16_t status = 200;
    std::vector<field> fields{}; ///< Location, ETag, Link, Retry-After, ...
};
BOOST_DESCRIBE_STRUCT(reply_meta, (), (status, fields))

struct operation {
    std::string name{};   ///< "users.get": unique on the bus
    std::string method{}; ///< "GET"; with path empty: only callable by name, no gateway shows it
    std::string path{};   ///< "/users/{id}"; with method, unique on the bus
    std::string summary{};
    bool safe = false; ///< RFC 9110, 9.2.1: changes nothing; runs beside the write lock
    bool slow = false; ///< runs on the worker's slow pool
    std::uint32_t time_limit_ms = 5000;
    std::uint16_t success = 200;  ///< the status of success
    std::string request_schema{}; ///< JSON Schema of path, query and body together; empty: nothing
    std::string reply_schema{};   ///< JSON Schema of the reply's body; empty: no body
    std::vector<std::string> fields{};          ///< request fields it wants to see, in lower case
    std::vector<std::string> terminal_states{}; ///< of the `status` field, for Prefer: wait

    bool operator==(const operation&) const = default;
};
BOOST_DESCRIBE_STRUCT(operation, (),
                      (name, method, path, summary, safe, slow, time_limit_ms, success,
                       request_schema, reply_schema, fields, terminal_states))

struct service_description {
    std::string name{}; ///< "users": [a-z][a-z0-9-]*, at most 21 characters
    std::uint32_t version = 1;
    std::string database_id{}; ///< random, from the database's birth
    std::vector<operation> operations{};

    bool operator==(const service_description&) const = default;
    /// "users/1": what a head's service field holds.
    std::string key() const { return name + '/' + std::to_string(version); }
};
BOOST_DESCRIBE_STRUCT(service_description, (), (name, version, database_id, operations))

struct held_call {
    call_id id{};
    std::uint32_t time_left_ms = 0;
    bool slow = false;
};
BOOST_DESCRIBE_STRUCT(held_call, (), (id, time_left_ms, slow))

/// Meta of a READY. Sent on every connect, and again whenever something in it changes.
struct ready {
    service_description description{};
    std::string instance{}; ///< random, of this process
    std::int64_t pid = 0;
    std::uint32_t credits = 0;            ///< requests it takes at once from one broker
    std::uint32_t slow_credits = 0;       ///< the same for its slow pool
    std::vector<held_call> held{};        ///< received and not answered yet
    std::uint64_t broker_incarnation = 0; ///< the broker it last knew; 0: none
    call_id watermark{};                  ///< of its database's call records
    std::int64_t database_unix_ms = 0;
};
BOOST_DESCRIBE_STRUCT(ready, (),
                      (description, instance, pid, credits, slow_credits, held, broker_incarnation,
                       watermark, database_unix_ms))

/// Meta of the broker's answers to a worker: HEARTBEAT after READY (accepted: `reason` empty) and
/// DISCONNECT (`reason` empty: say READY again; else refused for good, tell the operator).
struct broker_notice {
    std::uint64_t incarnation = 0;
    std::string reason{};
};
BOOST_DESCRIBE_STRUCT(broker_notice, (), (incarnation, reason))

struct registry_entry {
    service_description description{};
    std::uint32_t workers = 0;
    call_id watermark{};                ///< the highest that its workers reported
    std::int64_t database_ahead_ms = 0; ///< its database's clock minus the broker's
};
BOOST_DESCRIBE_STRUCT(registry_entry, (), (description, workers, watermark, database_ahead_ms))

/// Meta of a REGISTRY: a whole snapshot.
struct registry_snapshot {
    std::uint64_t incarnation = 0; ///< random, of the broker process
    std::uint64_t revision = 0;    ///< counts up within one incarnation
    std::int64_t unix_ms = 0;      ///< the broker's clock when this was sent
    bool settled = false; ///< the broker has been up long enough to have heard of every worker
    std::vector<registry_entry> services{};
    std::vector<std::string> withdrawn{}; ///< keys whose last worker drained: drop their routes
};
BOOST_DESCRIBE_STRUCT(registry_snapshot, (),
                      (incarnation, revision, unix_ms, settled, services, withdrawn))

/// Meta of a WAKE: a database's event log has come to this. Sent after commits, and again every
/// second; may be lost.
struct log_head {
    std::string service{}; ///< "orders"
    std::string database_id{};
    std::int64_t seq = 0; ///< of its newest event

    bool operator==(const log_head&) const = default;
};
BOOST_DESCRIBE_STRUCT(log_head, (), (service, database_id, seq))

/// The broker answers calls to its own service, "broker/1", operation "broker.status", with this as
/// JSON.
struct worker_status {
    std::string id{};
    std::int64_t pid = 0;
    std::int64_t credits = 0; ///< slow ones included
    std::int64_t in_flight = 0;
    std::string state{}; ///< "ready" or "draining"
};
BOOST_DESCRIBE_STRUCT(worker_status, (), (id, pid, credits, in_flight, state))

struct service_status {
    std::string name{};
    std::int64_t version = 0;
    std::int64_t queued = 0;
    std::vector<worker_status> workers{};
};
BOOST_DESCRIBE_STRUCT(service_status, (), (name, version, queued, workers))

struct broker_status {
    std::string incarnation{};
    std::int64_t pid = 0;
    std::int64_t uptime_ms = 0;
    std::vector<service_status> services{};
};
BOOST_DESCRIBE_STRUCT(broker_status, (), (incarnation, pid, uptime_ms, services))

inline constexpr auto broker_service_key = "broker/1";
/// Subscribers of the XPUB socket ask for these topics; it is the first frame of what they get.
inline constexpr auto registry_topic = "registry";
inline std::string wake_topic(std::string_view service) {
    return "wake/" + std::string{service} + '/';
}

} // namespace postbus::bus
