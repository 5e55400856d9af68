#include "services/kit/log_gauges.hpp"

#include <algorithm>

namespace postbus::kit {

namespace {

// As the log is kept for them (see event_log::prune): who has not asked for longer is gone.
constexpr std::int64_t gone_after_ms = 7LL * 24 * 3600 * 1000;

} // namespace

log_gauges::log_gauges(sql& db)
    : head_{db, "SELECT head FROM postbus_event_log"},
      readers_{db, "SELECT consumer, seq FROM postbus_readers WHERE asked_at_ms >= :1 "
                   "ORDER BY consumer LIMIT 64"},
      // Counting a million rows each second would be work; that there are so many is enough.
      parked_{db, "SELECT count(*) FROM (SELECT 1 FROM postbus_parked LIMIT 10000) AS counted"} {}

void log_gauges::add_to(bus::metric_report& out, std::int64_t now_unix_ms) {
    const auto number = [](std::int64_t value) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
    };
    const auto head = head_.one().value_or(0);
    out.add("postbus_worker_log_head", {}, number(head));
    for (const auto& one : readers_.all(now_unix_ms - gone_after_ms))
        out.add("postbus_worker_reader_lag_events", {one.consumer}, number(head - one.seq));
    out.add("postbus_worker_parked_events", {}, number(parked_.one().value_or(0)));
}

} // namespace postbus::kit
