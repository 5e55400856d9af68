#include "services/kit/event_log.hpp"

#include <algorithm>

namespace postbus::kit {

event_log::event_log(sql& db)
    : log_{db, "SELECT head, first FROM postbus_event_log"},
      set_head_{db, "UPDATE postbus_event_log SET head = :1"},
      insert_{db, "INSERT INTO postbus_events (seq, topic, key, schema, data, trace, at_ms) "
                  "VALUES (:1, :2, :3, :4, :5, :6, :7)"},
      lowest_read_{db, "SELECT min(seq) FROM postbus_readers WHERE asked_at_ms >= :1"},
      last_old_{db, "SELECT coalesce(min(CASE WHEN at_ms >= :1 THEN seq END) - 1, max(seq)) FROM "
                    "(SELECT seq, at_ms FROM postbus_events WHERE seq <= :2 ORDER BY seq "
                    "LIMIT :3) AS oldest"},
      drop_{db, "DELETE FROM postbus_events WHERE seq <= :1"},
      set_first_{db, "UPDATE postbus_event_log SET first = :1"} {}

void event_log::begin(std::int64_t now_unix_ms) noexcept {
    now_ = now_unix_ms;
    known_ = false;
    appended_ = 0;
}

std::int64_t event_log::append(std::string_view topic, std::string_view key, std::string schema,
                               std::string data, std::string_view trace) {
    if (!known_) {
        head_ = log_.one().value().head;
        known_ = true;
    }
    insert_.run(head_ + appended_ + 1, std::string{topic}, std::string{key}, schema, data,
                std::string{trace}, now_);
    return head_ + ++appended_;
}

std::optional<std::int64_t> event_log::save() {
    if (appended_ == 0) return std::nullopt;
    const auto head = head_ + appended_;
    set_head_.run(head);
    return head;
}

bool event_log::prune(std::int64_t keep_after, std::int64_t at_most) {
    const auto log = log_.one().value();
    const auto read = lowest_read_.one(keep_after).value_or(std::nullopt).value_or(log.head);
    const auto last = last_old_.one(keep_after, read, at_most).value_or(std::nullopt);
    if (!last || *last < log.first) return false;
    drop_.run(*last);
    set_first_.run(*last + 1);
    return *last - log.first + 1 == at_most;
}

} // namespace postbus::kit
