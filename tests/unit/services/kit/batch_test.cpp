#include "services/kit/kit_store.hpp"
#include "tests/unit/services/kit/batch_room.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

using bus::errc;
using bus::outcome;

TEST_CASE("a batch commits its calls together and answers each") {
    batch_room room;
    auto& first = room.call("probe.add");
    auto& second = room.call("probe.add", R"({"text":"b"})");
    room.run({&first, &second});
    CHECK(first.answered);
    CHECK_EQ(first.reply.status, 201);
    CHECK_EQ(first.reply.body, R"({"id":1,"text":"a"})");
    REQUIRE_EQ(first.reply.fields.size(), 1);
    CHECK_EQ(first.reply.fields[0], bus::field{"location", "/notes/1"});
    CHECK_EQ(second.reply.body, R"({"id":2,"text":"b"})");
    CHECK_EQ(room.count(), 2);
    CHECK_EQ(room.count("postbus_call_records"), 2);
}

TEST_CASE("a call that comes again gets the recorded reply, byte for byte, and nothing happens") {
    batch_room room;
    auto& call = room.call("probe.add", R"({"text":"\u0001 \"é\" \\"})");
    room.run({&call});
    auto& again = room.call_again("probe.add", call.delivery.id, R"({"text":"changed"})");
    room.run({&again});
    CHECK_EQ(again.reply.status, call.reply.status);
    CHECK_EQ(again.reply.body, call.reply.body);
    CHECK_EQ(again.reply.fields, call.reply.fields);
    CHECK_EQ(room.count(), 1);
}

TEST_CASE("a call that comes twice in one batch runs once") {
    batch_room room;
    auto& call = room.call("probe.add");
    auto& again = room.call_again("probe.add", call.delivery.id);
    room.run({&call, &again});
    CHECK_EQ(again.reply.body, call.reply.body);
    CHECK_EQ(room.count(), 1);
}

TEST_CASE("records of another process are found, whatever the order of their ids") {
    batch_room room;
    auto store = room.service.store.make(room.db.sql());
    kit::event_log log{room.db.sql()};
    kit::batch other{room.db, *store, log, batch_room::keep, 1}; // as another worker's
    const auto oldest = room.ids.next(test_time);
    const auto middle = room.ids.next(test_time);
    auto& newest = room.call("probe.add");
    other.run(std::vector{&newest}, test_time);
    auto& late = room.call_again("probe.add", oldest);
    room.run({&late});
    auto& again = room.call_again("probe.add", oldest);
    auto& new_again = room.call_again("probe.add", newest.delivery.id);
    auto& between = room.call_again("probe.add", middle);
    other.run(std::vector{&again, &new_again, &between}, test_time);
    CHECK_EQ(again.reply.body, late.reply.body);
    CHECK_EQ(new_again.reply.body, newest.reply.body);
    CHECK_EQ(between.reply.status, 201);
    CHECK_EQ(room.count(), 3);
}

TEST_CASE("a refusal undoes what its handler wrote and is recorded") {
    batch_room room;
    auto& call = room.call("probe.refuse");
    room.run({&call});
    CHECK_EQ(call.reply.status, 409);
    CHECK_EQ(room.count(), 0);
    auto& other = room.call("probe.add");
    auto& again = room.call_again("probe.refuse", call.delivery.id);
    room.run({&other, &again});
    CHECK_EQ(again.reply.body, call.reply.body);
    CHECK_EQ(room.count(), 1);
}

TEST_CASE("a refusal that may pass is undone and not recorded, and says nothing was executed") {
    batch_room room;
    auto& call = room.call("probe.busy");
    room.run({&call});
    CHECK_EQ(call.reply.status, 503);
    CHECK_EQ(call.reply.outcome, outcome::not_executed);
    CHECK_NE(call.reply.body.find(R"("outcome":"not-executed")"), std::string::npos);
    CHECK_EQ(room.count(), 0);
    CHECK_EQ(room.count("postbus_call_records"), 0);
}

TEST_CASE("a handler that throws harms none of its neighbours") {
    batch_room room;
    auto& before = room.call("probe.add");
    auto& bad = room.call("probe.fail");
    auto& after = room.call("probe.add");
    room.run({&before, &bad, &after});
    CHECK_EQ(before.reply.status, 201);
    CHECK_EQ(bad.reply.status, 500);
    CHECK_EQ(after.reply.status, 201);
    CHECK_EQ(room.count(), 2);
    CHECK_EQ(room.count("postbus_call_records"), 2);
}

TEST_CASE("a refusal after a change undoes itself alone, and every neighbour happens once") {
    batch_room room;
    auto& before = room.call("probe.tell", R"({"text":"b"})");
    auto& no = room.call("probe.tell", R"({"text":"no"})");
    auto& after = room.call("probe.tell", R"({"text":"c"})");
    auto& late = room.call("probe.tell");
    late.delivery.deadline = std::chrono::steady_clock::now() - std::chrono::milliseconds{1};
    room.run({&before, &no, &after, &late});
    CHECK_EQ(before.reply.status, 200);
    CHECK_EQ(no.reply.status, 409);
    CHECK_EQ(after.reply.status, 200);
    CHECK_EQ(late.reply.error, errc::expired);
    CHECK_EQ(room.count(), 2);
    CHECK_EQ(room.count("postbus_call_records"), 3);
    const auto log = kit::kit_store{room.db.sql()}.read(0, 10);
    CHECK_EQ(log.head, 2);
    REQUIRE_EQ(log.events.size(), 2);
    CHECK_EQ(log.events[0].key, "b");
    CHECK_EQ(log.events[1].key, "c");
    auto& more = room.call("probe.tell");
    auto& again = room.call_again("probe.tell", no.delivery.id, R"({"text":"yes now"})");
    room.run({&more, &again});
    CHECK_EQ(again.reply.body, no.reply.body);
    CHECK_EQ(room.count("postbus_events"), 3);
}

TEST_CASE("an expired call is not begun") {
    batch_room room;
    auto& late = room.call("probe.add");
    late.delivery.deadline = std::chrono::steady_clock::now() - std::chrono::milliseconds{1};
    auto& other = room.call("probe.add");
    room.run({&late, &other});
    CHECK_EQ(late.reply.error, errc::expired);
    CHECK_EQ(late.reply.outcome, outcome::not_executed);
    CHECK_EQ(room.count(), 1);
}

TEST_CASE("a batch takes no more calls when its time is over, and leaves the rest untouched") {
    batch_room room{{.batch_time = std::chrono::milliseconds{20}}};
    auto& slow = room.call("probe.pause", R"({"ms":30})");
    auto& rest = room.call("probe.add");
    room.run({&slow, &rest});
    CHECK(slow.answered);
    CHECK_FALSE(rest.answered);
    CHECK_FALSE(rest.alone);
    room.run({&rest});
    CHECK_EQ(rest.reply.status, 201);
}

TEST_CASE("a statement that runs too long loses the batch; the culprit is run alone, then told") {
    batch_room room{engine::sqlite, {.statement_time = std::chrono::milliseconds{30}}};
    auto& before = room.call("probe.add");
    auto& bad = room.call("probe.spin");
    auto& after = room.call("probe.add");
    room.run({&before, &bad, &after});
    CHECK_FALSE(before.answered);
    CHECK_FALSE(before.alone);
    CHECK_FALSE(bad.answered);
    CHECK(bad.alone);
    CHECK_FALSE(after.answered);
    CHECK_FALSE(room.db.in_transaction());
    CHECK_EQ(room.count(), 0);

    room.run({&before, &after});
    CHECK(before.answered);
    CHECK(after.answered);
    CHECK_EQ(room.count(), 2);
    room.run({&bad});
    CHECK(bad.answered);
    CHECK_EQ(bad.reply.status, 503);
    CHECK_EQ(bad.reply.outcome, outcome::not_executed);
    CHECK_EQ(room.count(), 2);
}

TEST_CASE("a full disk stores nothing, is told, and is forgotten when there is room again") {
    batch_room room{engine::sqlite};
    room.db.execute("PRAGMA max_page_count = 40");
    const auto body = R"({"text":")" + std::string(20'000, 'x') + R"("})";
    auto settle = [&](std::vector<kit::call*> open) {
        for (int rounds = 0; !open.empty() && rounds < 50; ++rounds) {
            const auto alone =
                std::find_if(open.begin(), open.end(), [](auto* c) { return c->alone; });
            if (alone != open.end()) room.run({*alone});
            else room.run(open);
            std::erase_if(open, [](auto* c) { return c->answered; });
        }
        CHECK(open.empty());
    };
    std::vector<kit::call*> calls;
    for (int i = 0; i < 20; ++i) calls.push_back(&room.call("probe.add", body));
    settle(calls);
    const auto done =
        std::count_if(calls.begin(), calls.end(), [](auto* c) { return c->reply.status == 201; });
    CHECK_GT(done, 0);
    CHECK_LT(done, 20);
    CHECK_EQ(room.count(), done);
    CHECK_EQ(room.count("postbus_call_records"), done);
    for (const auto* c : calls)
        if (c->reply.status != 201) {
            CHECK_EQ(c->reply.status, 503);
            CHECK_EQ(c->reply.outcome, outcome::not_executed);
        }

    room.db.execute("PRAGMA max_page_count = 100000");
    auto& again = room.call_again("probe.add", calls.back()->delivery.id);
    room.run({&again});
    CHECK_EQ(again.reply.status, 201);
    CHECK_EQ(room.count(), done + 1);
}

TEST_CASE("a database that another program has locked refuses the batch as not executed") {
    batch_room room;
    room.db.busy_timeout(std::chrono::milliseconds{10});
    kit::connection other{room.home.url(), kit::connection::mode::read_write};
    other.begin_write();
    auto& call = room.call("probe.add");
    room.run({&call});
    CHECK_EQ(call.reply.status, 503);
    CHECK_EQ(call.reply.outcome, outcome::not_executed);
    other.rollback();
    auto& again = room.call_again("probe.add", call.delivery.id);
    room.run({&again});
    CHECK_EQ(again.reply.status, 201);
}

TEST_CASE("old records are pruned, and what came before the watermark can never run again") {
    batch_room room;
    auto& old = room.call("probe.add");
    room.run({&old});
    const auto later = test_time + 2 * batch_room::keep.count();
    auto& fresh = room.call_again("probe.add", bus::call_id_source{}.next(later));
    // The pruning comes with a later batch; it needs a second or some records in between.
    kit::event_log log{room.db.sql()};
    kit::batch other{room.db, *room.store, log, batch_room::keep, 1};
    std::vector<kit::call*> calls{&fresh};
    const auto report = other.run(calls, later);
    REQUIRE(report.watermark);
    CHECK_GT(*report.watermark, old.delivery.id);
    CHECK_LT(*report.watermark, fresh.delivery.id);
    CHECK_EQ(room.count("postbus_call_records"), 1);

    auto& again = room.call_again("probe.add", old.delivery.id);
    const auto told = room.run({&again});
    CHECK(told.too_late);
    CHECK_EQ(again.reply.error, errc::too_late);
    CHECK_EQ(again.reply.outcome, outcome::unknown);
    CHECK_EQ(room.count(), 2);
}

TEST_CASE("a database that was migrated past this program runs nothing of it") {
    batch_room room;
    room.db.execute("UPDATE postbus_database SET oldest_code = 2");
    auto& call = room.call("probe.add");
    CHECK(room.run({&call}).outdated);
    CHECK_FALSE(call.answered);
    CHECK_FALSE(room.db.in_transaction());
}

} // namespace postbus::tests
