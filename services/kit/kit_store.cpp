#include "services/kit/kit_store.hpp"

#include <algorithm>

namespace postbus::kit {

namespace {

constexpr std::size_t max_page_bytes = 1 << 20;
// PostgreSQL hands over all rows of a statement at once; this bounds how much that can be.
constexpr std::int64_t events_a_step = 100;

} // namespace

kit_store::kit_store(sql& db)
    : facts_{db, "SELECT d.id, l.head, l.first FROM postbus_database AS d, postbus_event_log AS l"},
      events_{db, "SELECT seq, topic, key, schema, data, trace, at_ms FROM postbus_events "
                  "WHERE seq > :1 ORDER BY seq LIMIT :2"},
      update_reader_{db, "UPDATE postbus_readers SET seq = :1, asked_at_ms = :2 "
                         "WHERE consumer = :3"},
      add_reader_{db, "INSERT INTO postbus_readers (consumer, seq, asked_at_ms) "
                      "VALUES (:1, :2, :3)"},
      parked_{db, "SELECT source, seq, topic, key, attempts, reason FROM postbus_parked "
                  "ORDER BY source, seq LIMIT :1"},
      replay_all_{db, "UPDATE postbus_parked SET next_try_ms = 0"},
      replay_of_{db, "UPDATE postbus_parked SET next_try_ms = 0 WHERE source = :1"},
      sources_{db, "SELECT c.source, c.database_id, c.seq, f.reason, f.database_id, f.first, "
                   "f.head, f.since_ms FROM postbus_cursors AS c LEFT JOIN "
                   "postbus_source_changes AS f ON f.source = c.source ORDER BY c.source"},
      move_{db, "UPDATE postbus_cursors SET database_id = :1, seq = :2 WHERE source = :3"},
      forget_{db, "DELETE FROM postbus_source_changes WHERE source = :1"},
      parked_span_{db, "SELECT max(seq) - CASE WHEN min(seq) < 0 THEN min(seq) ELSE 0 END + 1 "
                       "FROM postbus_parked WHERE source = :1"},
      // By more than they are apart, so that no number is taken on the way.
      renumber_{db, "UPDATE postbus_parked SET seq = seq - :1 WHERE source = :2"} {}

schemas::events_v1::page kit_store::read(std::int64_t after, std::int64_t limit) {
    auto facts = facts_.one().value();
    schemas::events_v1::page out{std::move(facts.database), facts.head, facts.first, {}};
    std::size_t bytes = 0;
    for (auto room = limit; room > 0 && bytes < max_page_bytes; room -= events_a_step) {
        const auto step = std::min(room, events_a_step);
        auto rows = events_.all(after, step);
        const bool last = std::ssize(rows) < step;
        for (auto& one : rows) {
            if (bytes >= max_page_bytes) break;
            bytes += one.data.size();
            after = one.seq;
            out.events.push_back(std::move(one));
        }
        if (last) break;
    }
    return out;
}

void kit_store::remember_reader(const std::string& consumer, std::int64_t seq,
                                std::int64_t now_unix_ms) {
    if (update_reader_.run(seq, now_unix_ms, consumer) == 0)
        add_reader_.run(consumer, seq, now_unix_ms);
}

std::vector<schemas::events_v1::parked_event> kit_store::parked(std::int64_t limit) {
    return parked_.all(limit);
}

std::int64_t kit_store::replay(const std::optional<std::string>& source) {
    return source ? replay_of_.run(*source) : replay_all_.run();
}

std::vector<schemas::events_v1::read_source> kit_store::sources() {
    std::vector<schemas::events_v1::read_source> out;
    for (auto& row : sources_.all()) {
        auto& one = out.emplace_back();
        one = {std::move(row.source), std::move(row.database), row.seq, "reading", {}};
        if (!row.reason) continue;
        one.state = "source-changed";
        one.found = schemas::events_v1::found_log{*row.reason, row.found.value_or(""),
                                                  row.first.value_or(0), row.head.value_or(0),
                                                  row.since_ms.value_or(0)};
    }
    return out;
}

void kit_store::accept(const std::string& source, const schemas::events_v1::found_log& found,
                       std::int64_t seq) {
    move_.run(found.database, seq, source);
    forget_.run(source);
    if (const auto span = parked_span_.one(source).value_or(std::nullopt))
        renumber_.run(*span, source);
}

} // namespace postbus::kit
