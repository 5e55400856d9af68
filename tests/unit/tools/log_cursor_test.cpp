#include "tools/log_cursor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

namespace postbus::tools {

namespace {

using schemas::events_v1::page;

constexpr std::int64_t began = 1000;

/// A log of `head` events, event n at the time 10 * n, answering as a service does.
page read(const log_cursor& from, std::int64_t head, std::int64_t first = 1,
          std::string database = "a") {
    const auto asked = from.next();
    page out{.database = std::move(database), .head = head, .first = first, .events = {}};
    for (auto seq = std::max(asked.after, first - 1); seq < head; ++seq) {
        if (std::ssize(out.events) == asked.limit.value_or(100)) break;
        auto& one = out.events.emplace_back();
        one.seq = seq + 1;
        one.at_ms = 10 * one.seq;
    }
    return out;
}

/// "1-20, 21-30": what a cursor shows until it rests.
std::string shown(log_cursor& cursor, std::int64_t head, std::int64_t first = 1,
                  std::string database = "a") {
    std::string out;
    for (bool more = true; more;) {
        const auto answer = read(cursor, head, first, database);
        const auto step = cursor.take(answer);
        more = step.more;
        if (!step.warning.empty()) out += '[' + step.warning + ']';
        if (!step.fresh.empty())
            out += std::to_string(step.fresh.front().seq) + '-' +
                   std::to_string(step.fresh.back().seq) + ' ';
    }
    return out;
}

} // namespace

TEST_CASE("from the start, every event that is kept is shown once, a page at a time") {
    log_cursor cursor{true, began};
    CHECK_EQ(shown(cursor, 2500), "1-1000 1001-2000 2001-2500 ");
    CHECK_EQ(shown(cursor, 2500), "");
    CHECK_EQ(shown(cursor, 2501), "2501-2501 ");
    log_cursor pruned{true, began};
    CHECK_EQ(shown(pruned, 20, 11), "11-20 ");
}

TEST_CASE("from now, what happened before the command is passed over and nothing after it") {
    log_cursor cursor{false, began};
    CHECK_EQ(cursor.next().after, std::numeric_limits<std::int64_t>::max());
    CHECK_EQ(shown(cursor, 99), "");
    CHECK_EQ(shown(cursor, 101), "100-101 ");
    log_cursor late{false, began}; // its first look came when two more had happened
    CHECK_EQ(shown(late, 101), "100-101 ");
    log_cursor empty{false, began};
    CHECK_EQ(shown(empty, 0), "");
    CHECK_EQ(shown(empty, 1), "1-1 "); // whatever the clock over there says
}

TEST_CASE("a page that comes twice is shown once") {
    log_cursor cursor{true, began};
    cursor.take(read(cursor, 5));
    const auto answer = read(cursor, 5);
    CHECK_EQ(cursor.take(answer).fresh.size(), 5);
    CHECK(cursor.take(answer).fresh.empty());
}

TEST_CASE("a log that went back, lost events or moved is told of") {
    log_cursor cursor{true, began};
    shown(cursor, 10);
    CHECK(shown(cursor, 8).find("went back from event 10 to 8") != std::string::npos);
    CHECK_EQ(shown(cursor, 9), "9-9 ");
    CHECK_EQ(shown(cursor, 20, 15), "[no longer has the events 10 to 14]15-20 ");
    CHECK_EQ(shown(cursor, 2, 1, "b"), "[is in another database now: b]1-2 ");
    CHECK_EQ(shown(cursor, 21, 15), "[is in another database now: a]21-21 ");
}

TEST_CASE("a wake-up counts when it tells of events that are not shown yet") {
    log_cursor cursor{true, began};
    shown(cursor, 10);
    CHECK_FALSE(cursor.behind({"orders", "a", 10}));
    CHECK(cursor.behind({"orders", "a", 11}));
    CHECK(cursor.behind({"orders", "b", 1}));
}

} // namespace postbus::tools
