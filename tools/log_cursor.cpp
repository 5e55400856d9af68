#include "tools/log_cursor.hpp"

#include <algorithm>
#include <limits>

namespace postbus::tools {

namespace {

using schemas::events_v1::event;
using schemas::events_v1::max_page;

// Between the start of a command and its first look at a log this many events may have happened.
constexpr std::int64_t look_back = max_page;

} // namespace

schemas::events_v1::read_events log_cursor::next() const {
    // Before anything is known of the log: only where it ends.
    if (database_.empty()) return {std::numeric_limits<std::int64_t>::max(), 1};
    return {at_, max_page};
}

void log_cursor::enter(const schemas::events_v1::page& page) {
    if (!database_.empty()) left_at_[database_] = at_;
    database_ = page.database;
    if (const auto known = left_at_.find(database_); known != left_at_.end()) {
        at_ = known->second;
        old_until_ = 0;
        return;
    }
    at_ = from_start_ ? page.first - 1 : std::max(page.first - 1, page.head - look_back);
    old_until_ = from_start_ ? 0 : page.head;
}

log_cursor::step log_cursor::take(const schemas::events_v1::page& page) {
    step out;
    if (page.database != database_) {
        if (!database_.empty()) out.warning = "is in another database now: " + page.database;
        enter(page);
        out.more = at_ < page.head;
        return out;
    }
    if (page.head < at_) {
        out.warning = "went back from event " + std::to_string(at_) + " to " +
                      std::to_string(page.head) + ": an older state was restored";
        at_ = page.head;
        return out;
    }
    if (page.first > at_ + 1) {
        out.warning = "no longer has the events " + std::to_string(at_ + 1) + " to " +
                      std::to_string(page.first - 1);
        at_ = page.first - 1;
    }
    const auto begin = std::ranges::find_if(page.events, [&](const event& one) {
        return one.seq > at_ && (one.seq > old_until_ || one.at_ms >= since_);
    });
    out.fresh = {begin, page.events.end()};
    if (!page.events.empty()) at_ = std::max(at_, page.events.back().seq);
    out.more = !page.events.empty() && at_ < page.head;
    return out;
}

bool log_cursor::behind(const bus::log_head& heard) const {
    return heard.database_id != database_ || heard.seq > at_;
}

} // namespace postbus::tools
