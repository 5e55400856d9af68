#include "services/kit/parked_events.hpp"

namespace postbus::kit {

parked_events::parked_events(sql& db)
    : count_{db, "SELECT count(*) FROM postbus_parked"},
      holds_{db, "SELECT count(*) FROM postbus_parked WHERE source = :1 AND key = :2"},
      insert_{db,
              "INSERT INTO postbus_parked (source, seq, topic, key, schema, data, trace, at_ms, "
              "attempts, reason, next_try_ms) "
              "VALUES (:1, :2, :3, :4, :5, :6, :7, :8, 0, :9, :10)"},
      // The first of its key only: the others wait behind it.
      due_{db, "SELECT source, seq, topic, key, schema, data, trace, at_ms, attempts, reason "
               "FROM postbus_parked AS p WHERE next_try_ms <= :1 AND NOT EXISTS "
               "(SELECT 1 FROM postbus_parked AS before WHERE before.source = p.source AND "
               "before.key = p.key AND before.seq < p.seq) ORDER BY next_try_ms, seq LIMIT 1"},
      failed_{db, "UPDATE postbus_parked SET attempts = attempts + 1, reason = :1, "
                  "next_try_ms = :2 WHERE source = :3 AND seq = :4"},
      remove_{db, "DELETE FROM postbus_parked WHERE source = :1 AND seq = :2"} {}

std::int64_t parked_events::count() {
    return count_.one().value_or(0);
}

bool parked_events::holds(const std::string& source, const std::string& key) {
    return holds_.one(source, key).value_or(0) != 0;
}

void parked_events::park(const std::string& source, const event& what, const std::string& reason,
                         std::int64_t next_try_ms) {
    insert_.run(source, what.seq, what.topic, what.key, what.schema, what.data, what.trace,
                what.at_ms, reason, next_try_ms);
}

std::optional<parked_event> parked_events::due(std::int64_t now_unix_ms) {
    auto row = due_.one(now_unix_ms);
    if (!row) return std::nullopt;
    return parked_event{std::move(row->source),
                        {row->seq, std::move(row->topic), std::move(row->key),
                         std::move(row->schema), std::move(row->data), std::move(row->trace),
                         row->at_ms},
                        row->attempts,
                        std::move(row->reason)};
}

void parked_events::failed(const parked_event& one, const std::string& reason,
                           std::int64_t next_try_ms) {
    failed_.run(reason, next_try_ms, one.source, one.event.seq);
}

void parked_events::remove(const parked_event& one) {
    remove_.run(one.source, one.event.seq);
}

} // namespace postbus::kit
