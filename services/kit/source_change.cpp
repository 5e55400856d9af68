#include "services/kit/source_change.hpp"

namespace postbus::kit {

source_change change_of(const cursor& at, const schemas::events_v1::page& now) {
    if (at.database.empty()) return source_change::none; // begins with what is kept
    if (at.database != now.database) return source_change::replaced;
    if (now.head < at.seq) return source_change::went_back;
    const auto next = now.events.empty() ? now.first : now.events.front().seq;
    return next > at.seq + 1 ? source_change::events_missing : source_change::none;
}

std::string_view name(source_change change) noexcept {
    switch (change) {
    case source_change::replaced: return "replaced";
    case source_change::went_back: return "went-back";
    case source_change::events_missing: return "events-missing";
    case source_change::none: break;
    }
    return "none";
}

source_changes::source_changes(sql& db)
    : find_{db, "SELECT reason, database_id, first, head FROM postbus_source_changes "
                "WHERE source = :1"},
      insert_{db, "INSERT INTO postbus_source_changes (source, reason, database_id, first, head, "
                  "since_ms) VALUES (:1, :2, :3, :4, :5, :6)"},
      remove_{db, "DELETE FROM postbus_source_changes WHERE source = :1"} {}

bool source_changes::holds(const std::string& source) {
    return find_.one(source).has_value();
}

bool source_changes::note(const std::string& source, source_change change,
                          const schemas::events_v1::page& page, std::int64_t now_unix_ms) {
    const auto known = find_.one(source);
    if (known && known->reason == name(change) && known->database == page.database &&
        known->first == page.first && known->head <= page.head)
        return false;
    remove_.run(source);
    insert_.run(source, std::string{name(change)}, page.database, page.first, page.head,
                now_unix_ms);
    return true;
}

void source_changes::forget(const std::string& source) {
    remove_.run(source);
}

} // namespace postbus::kit
