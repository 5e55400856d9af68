#pragma once

#include "schemas/describe.hpp"
#include "schemas/rules.hpp"

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Events as they are read from a service's log, version 1.

namespace postbus::schemas {

/// A fact that a service publishes: a described struct with `static constexpr std::string_view
/// topic` ("orders.placed": service.fact, in the past tense) and `static constexpr int version`.
/// Once published it is frozen; a changed one is a new struct with the next version.
template <class T>
concept event_type = described<T> && requires {
    { T::topic } -> std::convertible_to<std::string_view>;
    { T::version } -> std::convertible_to<int>;
};

/// "orders.placed/1"
template <event_type T>
std::string schema_name() {
    return std::string{T::topic} + '/' + std::to_string(T::version);
}

namespace events_v1 {

struct event {
    std::int64_t seq = 0; ///< from 1, dense, in the order of the commits of one database
    std::string topic;
    std::string key;        ///< what it is about; events of one key keep their order everywhere
    std::string schema;     ///< "orders.placed/1": the shape of `data`
    std::string data;       ///< JSON, byte for byte as it was published
    std::string trace;      ///< W3C traceparent of the request that caused it, or empty
    std::int64_t at_ms = 0; ///< Unix time of the source, milliseconds
};
BOOST_DESCRIBE_STRUCT(event, (), (seq, topic, key, schema, data, trace, at_ms))

/// A stretch of a log: every event after the one asked for, as many as fit.
struct page {
    std::string database;   ///< id of the database: seqs of another one mean nothing here
    std::int64_t head = 0;  ///< seq of the newest event
    std::int64_t first = 1; ///< seq of the oldest that is kept
    std::vector<event> events;
};
BOOST_DESCRIBE_STRUCT(page, (), (database, head, first, events))

struct read_events {
    std::int64_t after = 0;
    std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(read_events, (), (after, limit))

/// An event that waits to be tried again.
struct parked_event {
    std::string source;
    std::int64_t seq = 0;
    std::string topic;
    std::string key;
    std::int64_t attempts = 0;
    std::string reason; ///< empty: it waits behind another of its key
};
BOOST_DESCRIBE_STRUCT(parked_event, (), (source, seq, topic, key, attempts, reason))

/// The log that was found where another one was read so far.
struct found_log {
    std::string reason; ///< "replaced", "went-back" or "events-missing"
    std::string database;
    std::int64_t first = 0; ///< the oldest event that it kept, when it was found
    std::int64_t head = 0;  ///< the newest
    std::int64_t since_ms = 0;
};
BOOST_DESCRIBE_STRUCT(found_log, (), (reason, database, first, head, since_ms))

/// How far a service has read another's log.
struct read_source {
    std::string source;
    std::string database;
    std::int64_t seq = 0;
    std::string state;              ///< "reading" or "source-changed"
    std::optional<found_log> found; ///< when it changed: nothing of this is read
};
BOOST_DESCRIBE_STRUCT(read_source, (), (source, database, seq, state, found))

inline constexpr std::int64_t max_page = 1000;

} // namespace events_v1

template <>
struct rules<events_v1::read_events> {
    static constexpr std::array value{
        field_rule{.field = "after", .minimum = 0},
        field_rule{.field = "limit", .minimum = 1, .maximum = events_v1::max_page}};
};

} // namespace postbus::schemas
