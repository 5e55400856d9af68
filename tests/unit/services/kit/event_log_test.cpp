#include "services/kit/event_log.hpp"

#include "services/kit/kit_store.hpp"
#include "tests/unit/services/kit/batch_room.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

TEST_CASE("events commit with the state, dense and in order; what is refused publishes nothing") {
    batch_room room;
    auto& a = room.call("probe.tell", R"({"text":"a"})");
    auto& no = room.call("probe.tell", R"({"text":"no"})");
    auto& quiet = room.call("probe.add");
    auto& b = room.call("probe.tell", R"({"text":"b"})");
    const auto done = room.run({&a, &no, &quiet, &b});
    CHECK_EQ(done.head, 2);
    CHECK_EQ(no.reply.status, 409);
    const auto page = room.store->built_in().read(0, 100);
    CHECK_EQ(page.head, 2);
    REQUIRE_EQ(page.events.size(), 2);
    CHECK_EQ(page.events[0].seq, 1);
    CHECK_EQ(page.events[0].topic, "probe.note_added");
    CHECK_EQ(page.events[0].schema, "probe.note_added/1");
    CHECK_EQ(page.events[0].data, R"({"text":"a"})");
    CHECK_EQ(page.events[0].at_ms, test_time);
    CHECK_EQ(page.events[1].seq, 2);
    CHECK_EQ(page.events[1].key, "b");

    // The same call again publishes nothing again.
    auto& again = room.call_again("probe.tell", b.delivery.id, R"({"text":"b"})");
    CHECK_FALSE(room.run({&again}).head);
    CHECK_EQ(room.count("postbus_events"), 2);
}

// PostgreSQL loses no more than the savepoint.
TEST_CASE("a batch whose transaction is lost publishes nothing, and its numbers are given again") {
    batch_room room{engine::sqlite, {.statement_time = std::chrono::milliseconds{30}}};
    auto& a = room.call("probe.tell", R"({"text":"a"})");
    auto& bad = room.call("probe.spin");
    CHECK_FALSE(room.run({&a, &bad}).head);
    CHECK_EQ(room.count("postbus_events"), 0);
    CHECK_EQ(room.run({&a}).head, 1);
}

TEST_CASE("a read may not publish") {
    batch_room room;
    kit::reader reader{room.home.url(), room.service.store};
    auto& sneaky = room.call("probe.tell-in-read", "{}");
    reader.run(sneaky, std::chrono::steady_clock::time_point::max());
    CHECK_EQ(sneaky.reply.status, 500);
    CHECK_EQ(room.count("postbus_events"), 0);
}

TEST_CASE("a log is read in pages bounded in count and bytes") {
    batch_room room;
    const auto big = R"({"text":")" + std::string(300'000, 'x') + R"("})";
    std::vector<kit::call*> calls;
    room.db.begin_write();
    room.log->begin(test_time);
    for (int i = 0; i < 10; ++i) room.log->append("probe.big", "k", "probe.big/1", big, "");
    room.log->save();
    room.db.commit();
    auto& log = room.store->built_in();
    CHECK_EQ(log.read(0, 3).events.size(), 3);
    CHECK_EQ(log.read(0, 1000).events.size(), 4); // the last one crosses 1 MiB
    CHECK_EQ(log.read(9, 1000).events.size(), 1);
    CHECK(log.read(10, 1000).events.empty());
    CHECK_EQ(log.read(10, 1000).head, 10);
}

TEST_CASE("old events are dropped when everybody who still asks has read them") {
    batch_room room;
    const auto add = [&](std::int64_t at) {
        room.db.begin_write();
        room.log->begin(at);
        room.log->append("probe.note_added", "k", "probe.note_added/1", "{}", "");
        room.log->save();
        room.db.commit();
    };
    for (const auto at : {100, 200, 300, 400}) add(at);
    auto& log = room.store->built_in();
    const auto prune = [&](std::int64_t keep_after) {
        room.db.begin_write();
        room.log->prune(keep_after, 100);
        room.db.commit();
        const auto page = log.read(0, 100);
        return page.events.empty() ? 0 : page.events.front().seq;
    };
    log.remember_reader("slow", 1, 390);
    log.remember_reader("gone", 0, 10);
    CHECK_EQ(prune(50), 1);
    CHECK_EQ(prune(350), 2); // "slow" has read one; "gone" has not asked since
    CHECK_EQ(log.read(0, 1).first, 2);
    log.remember_reader("slow", 4, 395);
    CHECK_EQ(prune(350), 4);
    CHECK_EQ(log.read(0, 1).head, 4);
}

TEST_CASE("events are dropped a bounded number at a time, and never one behind a younger one") {
    batch_room room;
    room.db.begin_write();
    for (const auto at : {100, 200, 300, 900, 400}) { // the clock went back
        room.log->begin(at);
        room.log->append("probe.note_added", "k", "probe.note_added/1", "{}", "");
        room.log->save();
    }
    CHECK(room.log->prune(500, 2));
    CHECK_EQ(room.store->built_in().read(0, 9).first, 3);
    CHECK_FALSE(room.log->prune(500, 2));
    CHECK_EQ(room.store->built_in().read(0, 9).first, 4);
    CHECK_FALSE(room.log->prune(500, 2));
    CHECK_EQ(room.count("postbus_events"), 2);
    CHECK_FALSE(room.log->prune(1000, 3));
    CHECK_EQ(room.store->built_in().read(0, 9).first, 6);
    room.log->begin(2000);
    CHECK_EQ(room.log->append("probe.note_added", "k", "probe.note_added/1", "{}", ""), 6);
    room.log->save();
    room.db.commit();
}

} // namespace postbus::tests
