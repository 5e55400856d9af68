#include "services/kit/idempotency_keys.hpp"

#include "services/kit/request_fingerprint.hpp"
#include "tests/unit/services/kit/batch_room.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

namespace {

constexpr auto day = 24 * 3600 * std::int64_t{1000}; // ms

kit::call& keyed(batch_room& room, const std::string& key,
                 std::string_view body = R"({"text":"a"})",
                 const std::string& operation = "probe.add") {
    auto& call = room.call(operation, body);
    call.meta.fields = {{"idempotency-key", key}, {"content-type", "application/json"}};
    return call;
}

} // namespace

TEST_CASE("a request that is repeated with its key gets the same reply and runs once") {
    batch_room room;
    auto& first = keyed(room, "k");
    room.run({&first});
    auto& again = keyed(room, "k");
    room.run({&again}, test_time + day - 1);
    CHECK(again.answered);
    CHECK_EQ(again.reply.status, 201);
    CHECK_EQ(again.reply.body, first.reply.body);
    CHECK_EQ(again.reply.fields, first.reply.fields);
    CHECK_EQ(room.count(), 1);
}

TEST_CASE("a request that comes twice with its key in one batch runs once") {
    batch_room room;
    auto& first = keyed(room, "k");
    auto& again = keyed(room, "k");
    room.run({&first, &again});
    CHECK_EQ(again.reply.body, first.reply.body);
    CHECK_EQ(room.count(), 1);
}

TEST_CASE("another worker finds the key") {
    batch_room room;
    auto store = room.service.store.make(room.db.sql());
    kit::event_log log{room.db.sql()};
    kit::batch other{room.db, *store, log, batch_room::keep, 1};
    auto& first = keyed(room, "k");
    other.run(std::vector{&first}, test_time);
    auto& again = keyed(room, "k");
    room.run({&again});
    CHECK_EQ(again.reply.body, first.reply.body);
    CHECK_EQ(room.count(), 1);
}

TEST_CASE("a key that was given to another request is refused, and still stands for the first") {
    batch_room room;
    auto& first = keyed(room, "k");
    auto& other = keyed(room, "k", R"({"text": "a"})"); // by a space
    auto& type = keyed(room, "k");
    type.meta.fields[1].value = "application/json; charset=utf-8";
    auto& again = keyed(room, "k");
    room.run({&first, &other, &type, &again});
    CHECK_EQ(other.reply.status, 422);
    CHECK_NE(other.reply.body.find(R"("field":"idempotency-key")"), std::string::npos);
    CHECK_EQ(type.reply.status, 422);
    CHECK_EQ(again.reply.body, first.reply.body);
    CHECK_EQ(room.count(), 1);
}

TEST_CASE("keys of other principals and operations are other keys") {
    batch_room room;
    auto& first = keyed(room, "k");
    auto& alice = keyed(room, "k");
    alice.meta.principal = "alice";
    auto& told = keyed(room, "k", R"({"text":"a"})", "probe.tell");
    auto& none = room.call("probe.add");
    room.run({&first, &alice, &told, &none});
    CHECK_EQ(alice.reply.body, R"({"id":2,"text":"a"})");
    CHECK_EQ(told.reply.body, R"({"id":3,"text":"a"})");
    CHECK_EQ(none.reply.body, R"({"id":4,"text":"a"})");
    CHECK_EQ(room.count("postbus_keys"), 3);
}

TEST_CASE("a refusal decided by the handler is the answer to its key, too") {
    batch_room room;
    auto& first = keyed(room, "k", R"({"text":"a"})", "probe.refuse");
    room.run({&first});
    REQUIRE_EQ(first.reply.status, 409);
    auto& other = room.call("probe.add");
    auto& again = keyed(room, "k", R"({"text":"a"})", "probe.refuse");
    room.run({&other, &again});
    CHECK_EQ(again.reply.body, first.reply.body);
    CHECK_EQ(room.count(), 1);
}

TEST_CASE("what may pass, and what failed, is run again with its key") {
    batch_room room;
    for (const auto* operation : {"probe.busy", "probe.fail"}) {
        auto& call = keyed(room, "k", R"({"text":"a"})", operation);
        room.run({&call});
        CHECK_GE(call.reply.status, 500);
    }
    CHECK_EQ(room.count("postbus_keys"), 0);
    auto& late = keyed(room, "late");
    late.delivery.deadline = std::chrono::steady_clock::now() - std::chrono::milliseconds{1};
    room.run({&late});
    CHECK_EQ(room.count("postbus_keys"), 0);
}

TEST_CASE("a key whose batch was lost is free") {
    batch_room room{engine::sqlite, {.statement_time = std::chrono::milliseconds{30}}};
    auto& first = keyed(room, "k");
    auto& bad = room.call("probe.spin");
    room.run({&first, &bad});
    CHECK_FALSE(first.answered);
    CHECK_EQ(room.count("postbus_keys"), 0);
    room.run({&first});
    CHECK_EQ(first.reply.status, 201);
}

TEST_CASE("keys older than a day are dropped, some at a time") {
    batch_room room;
    for (int i = 0; i < 600; ++i) {
        auto& call = keyed(room, std::to_string(i));
        room.run({&call}, test_time); // all at one time: no bound lies between them
    }
    kit::idempotency_keys keys{room.db.sql()};
    keys.prune(test_time + day, 100);
    CHECK_EQ(room.count("postbus_keys"), 600);
    keys.prune(test_time + day + 1, 100);
    CHECK_EQ(room.count("postbus_keys"), 500);
    // A batch does it by itself once there is enough to drop.
    for (int i = 0; i < 256; ++i) {
        auto& call = room.call("probe.add");
        call.delivery.id = room.ids.next(test_time + day + 1);
        room.run({&call}, test_time + day + 1);
    }
    CHECK_EQ(room.count("postbus_keys"), 0);
    auto& again = keyed(room, "0");
    again.delivery.id = room.ids.next(test_time + day + 1);
    room.run({&again}, test_time + day + 1);
    CHECK_EQ(again.reply.body, R"({"id":857,"text":"a"})");
}

TEST_CASE("a fingerprint depends on operation, parameters, content type and body, and no more") {
    const bus::call_meta meta{
        .operation = "a.b", .path = {{"id", "1"}}, .query = {{"x", "2"}, {"y", ""}}};
    const auto print = kit::request_fingerprint(meta, "body");
    CHECK_EQ(print.size(), 64);
    auto same = meta;
    same.trace = "t";
    same.fields = {{"idempotency-key", "k"}, {"if-match", "1"}};
    CHECK_EQ(kit::request_fingerprint(same, "body"), print);

    CHECK_NE(kit::request_fingerprint(meta, "body "), print);
    std::vector<bus::call_meta> others(6, meta);
    others[0].operation = "a.c";
    others[1].path[0].value = "2";
    others[2].query[1].name = "z";
    others[3].path.push_back(others[3].query[0]), others[3].query.erase(others[3].query.begin());
    others[4].fields = {{"content-type", "application/json"}};
    others[5].query = {{"x2", ""}, {"y", ""}}; // the same letters, cut elsewhere
    for (const auto& other : others) CHECK_NE(kit::request_fingerprint(other, "body"), print);
    CHECK_EQ(kit::request_fingerprint({.operation = "x"}, ""),
             kit::request_fingerprint({.operation = "x"}, ""));
}

} // namespace postbus::tests
