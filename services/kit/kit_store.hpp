#pragma once

#include "schemas/events_v1.hpp"
#include "services/kit/query.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postbus::kit {

namespace detail {

struct log_facts_row {
    std::string database;
    std::int64_t head = 0;
    std::int64_t first = 0;
};
BOOST_DESCRIBE_STRUCT(log_facts_row, (), (database, head, first))

struct source_row {
    std::string source;
    std::string database;
    std::int64_t seq = 0;
    std::optional<std::string> reason;
    std::optional<std::string> found;
    std::optional<std::int64_t> first;
    std::optional<std::int64_t> head;
    std::optional<std::int64_t> since_ms;
};
BOOST_DESCRIBE_STRUCT(source_row, (), (source, database, seq, reason, found, first, head, since_ms))

} // namespace detail

/// What the operations that every service has (see built_in.hpp) work on: the kit's own tables.
class kit_store {
public:
    explicit kit_store(sql&);

    /// At most `limit` events, and about 1 MiB of data.
    schemas::events_v1::page read(std::int64_t after, std::int64_t limit);
    void remember_reader(const std::string& consumer, std::int64_t seq, std::int64_t now_unix_ms);
    std::vector<schemas::events_v1::parked_event> parked(std::int64_t limit);
    /// Parked events are due now: of all sources, or of one. How many.
    std::int64_t replay(const std::optional<std::string>& source);
    /// Those that were read, in the order of their names.
    std::vector<schemas::events_v1::read_source> sources();
    /// The log that was found is read from now on, behind `seq`. Events of the one before that are
    /// parked get negative numbers: theirs may come again, and they go on being tried first.
    void accept(const std::string& source, const schemas::events_v1::found_log&, std::int64_t seq);

private:
    query<detail::log_facts_row()> facts_;
    query<schemas::events_v1::event(std::int64_t, std::int64_t)> events_;
    query<void(std::int64_t, std::int64_t, std::string)> update_reader_;
    query<void(std::string, std::int64_t, std::int64_t)> add_reader_;
    query<schemas::events_v1::parked_event(std::int64_t)> parked_;
    query<void()> replay_all_;
    query<void(std::string)> replay_of_;
    query<detail::source_row()> sources_;
    query<void(std::string, std::int64_t, std::string)> move_;
    query<void(std::string)> forget_;
    query<std::optional<std::int64_t>(std::string)> parked_span_;
    query<void(std::int64_t, std::string)> renumber_;
};

} // namespace postbus::kit
