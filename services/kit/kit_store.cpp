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
      replay_of_{db, "UPDATE postbus_parked SET next_try_ms = 0 WHERE source = :1"} {}

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

std::vector<parked_view> kit_store::parked(std::int64_t limit) {
    return parked_.all(limit);
}

std::int64_t kit_store::replay(const std::optional<std::string>& source) {
    return source ? replay_of_.run(*source) : replay_all_.run();
}

} // namespace postbus::kit
