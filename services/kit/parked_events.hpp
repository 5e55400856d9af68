#pragma once

#include "services/kit/event_log.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postbus::kit {

/// An event that could not be processed, or that stands behind such a one.
struct parked_event {
    std::string source;
    kit::event event;
    std::int64_t attempts = 0;
    std::string reason; ///< why the last attempt failed; empty: it waits behind another
};

namespace detail {

struct parked_row {
    std::string source;
    std::int64_t seq = 0;
    std::string topic;
    std::string key;
    std::string schema;
    std::string data;
    std::string trace;
    std::int64_t at_ms = 0;
    std::int64_t attempts = 0;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(parked_row, (),
                      (source, seq, topic, key, schema, data, trace, at_ms, attempts, reason))

} // namespace detail

/// Events that wait to be tried again, in order for each source and key. On the connection that
/// writes.
class parked_events {
public:
    explicit parked_events(sql&);

    std::int64_t count();
    bool holds(const std::string& source, const std::string& key);
    /// `reason` empty: behind another one. `next_try_ms`: Unix time.
    void park(const std::string& source, const event&, const std::string& reason,
              std::int64_t next_try_ms);
    /// The first of some source and key whose next attempt is due.
    std::optional<parked_event> due(std::int64_t now_unix_ms);
    void failed(const parked_event&, const std::string& reason, std::int64_t next_try_ms);
    void remove(const parked_event&); ///< then the next of its key may be due

private:
    query<std::int64_t()> count_;
    query<std::int64_t(std::string, std::string)> holds_;
    query<void(std::string, std::int64_t, std::string, std::string, std::string, std::string,
               std::string, std::int64_t, std::string, std::int64_t)>
        insert_;
    query<detail::parked_row(std::int64_t)> due_;
    query<void(std::string, std::int64_t, std::string, std::int64_t)> failed_;
    query<void(std::string, std::int64_t)> remove_;
};

} // namespace postbus::kit
