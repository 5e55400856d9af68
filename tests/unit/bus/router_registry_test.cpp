#include "tests/unit/bus/router_scene.hpp"

namespace postbus::bus::tests {

TEST_CASE("a worker with another database is refused, and told of both") {
    router_room room;
    room.join(alice, make_ready("a"));
    auto said = make_ready("b");
    said.description.database_id = "db-2";
    room.say_ready(bob, said);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    const auto why = reason_of(sent[0]);
    CHECK_MESSAGE(why.find("db-1") != std::string::npos, why);
    CHECK_MESSAGE(why.find("db-2") != std::string::npos, why);
    room.request(gateway, 1);
    CHECK(room.taken().at(0).to == alice);
}

TEST_CASE("another database may serve once nobody serves the old one") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.lost(alice);
    auto said = make_ready("b");
    said.description.database_id = "db-2";
    room.say_ready(bob, said);
    CHECK(room.taken().empty()); // nothing but a welcome
    room.request(gateway, 1);
    CHECK(room.taken().at(0).to == bob);
}

TEST_CASE("only the journal has a route below /events, and only that of a topic") {
    const auto objection = [](std::string service, std::string path) {
        auto said = make_ready("a", service).description;
        said.operations[0].method = "POST";
        said.operations[0].path = std::move(path);
        return objection_to(said);
    };
    CHECK_EQ(objection("journal", "/events/{topic}"), "");
    CHECK_NE(objection("orders", "/events/{topic}"), "");
    CHECK_NE(objection("journal", "/events"), "");
    CHECK_NE(objection("journal", "/events/x"), "");
    CHECK_NE(objection("journal", "/metrics/x"), "");
}

TEST_CASE("two services that announce one route: the first keeps it, the second is told") {
    router_room room;
    room.join(alice, make_ready("a"));
    auto said = make_ready("b", "orders");
    said.description.operations[0].path = "/users";
    room.say_ready(bob, said);
    const auto why = reason_of(room.taken().at(0));
    CHECK_MESSAGE(why.find("users") != std::string::npos, why);
    CHECK_MESSAGE(why.find("GET /users") != std::string::npos, why);
}

TEST_CASE("a READY that no worker may say is refused with a reason") {
    const auto reason = [](auto change) {
        router_room room;
        auto said = make_ready("a");
        change(said);
        room.say_ready(alice, said);
        const auto sent = room.taken();
        REQUIRE_EQ(sent.size(), 1);
        return reason_of(sent[0]);
    };
    CHECK_NE(reason([](ready& r) { r.credits = 0; }), "");
    CHECK_NE(reason([](ready& r) { r.credits = 1'000'000; }), "");
    CHECK_NE(reason([](ready& r) { r.slow_credits = 1'000'000; }), "");
    CHECK_NE(reason([](ready& r) { r.instance.clear(); }), "");
    CHECK_NE(reason([](ready& r) { r.instance.assign(1000, 'x'); }), "");
    CHECK_NE(reason([](ready& r) { r.description.name = "Users"; }), "");
    CHECK_NE(reason([](ready& r) { r.description.name.clear(); }), "");
    CHECK_NE(reason([](ready& r) { r.description.name.assign(40, 'u'); }), "");
    CHECK_NE(reason([](ready& r) { r.description.name = "broker"; }), "");
    CHECK_NE(reason([](ready& r) { r.description.version = 0; }), "");
    CHECK_NE(reason([](ready& r) { r.description.operations[0].path = "/livez"; }), "");
    CHECK_NE(reason([](ready& r) { r.description.operations[0].path = "/docs/x"; }), "");
    CHECK_NE(reason([](ready& r) { r.description.operations[0].path = "users"; }), "");
    CHECK_NE(reason([](ready& r) { r.description.operations[0].method = "FETCH"; }), "");
    CHECK_NE(reason([](ready& r) { r.description.operations[0].name = "orders.list"; }), "");
    CHECK_NE(reason([](ready& r) { r.description.operations[0].time_limit_ms = 0; }), "");

    router_room room;
    room.receive(alice, {.kind = kind::ready}, "not cereal");
    CHECK_NE(reason_of(room.taken().at(0)), "");
}

TEST_CASE("the registry settles with age and counts every change") {
    router_room room;
    CHECK_FALSE(room.router().snapshot(room.now).settled);
    auto revision = room.router().registry_revision();
    const auto changed = [&] {
        const bool yes = room.router().registry_revision() != revision;
        revision = room.router().registry_revision();
        return yes;
    };
    room.join(alice, make_ready("a"));
    CHECK(changed());
    room.join(bob, make_ready("b"));
    CHECK(changed());
    CHECK_EQ(room.router().snapshot(room.now).services.at(0).workers, 2);
    room.wait_answering(2100ms, {alice, bob});
    CHECK(changed());
    CHECK(room.router().snapshot(room.now).settled);
    room.lost(bob);
    CHECK(changed());
    room.request(gateway, 1);
    CHECK_FALSE(changed());
}

TEST_CASE("a snapshot carries the highest watermark that workers reported") {
    router_room room;
    auto said = make_ready("a");
    said.watermark = {5, 0};
    room.join(alice, said);
    said.watermark = {4, 0};
    room.join(alice, said);
    CHECK(room.router().snapshot(room.now).services.at(0).watermark == call_id{5, 0});
}

TEST_CASE("the broker answers for its own status") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1);
    room.taken();
    room.receive(gateway,
                 {.kind = kind::request,
                  .time_left_ms = 1000,
                  .slot = 1009,
                  .id = {1, 9},
                  .service = broker_service_key},
                 schemas::encode(call_meta{.operation = "broker.status"}));
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 9, errc::ok, outcome::executed);
    CHECK_EQ(sent[0].body,
             R"({"incarnation":"b0b000000001","pid":42,"uptime_ms":0,"services":[{"name":"users",)"
             R"("version":1,"queued":0,"workers":[{"id":"a","pid":100,"credits":6,"in_flight":1,)"
             R"("state":"ready"}]}]})");
    room.receive(
        gateway,
        {.kind = kind::request, .slot = 1010, .id = {1, 10}, .service = broker_service_key},
        "garbage");
    check_refusal(room.taken().at(0), 10, errc::malformed, outcome::not_executed);
}

} // namespace postbus::bus::tests
