#include "tests/unit/bus/router_scene.hpp"

namespace postbus::bus::tests {

TEST_CASE("a worker that holds work is pinged every 250 ms, an idle one every second") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.join(bob, make_ready("b", "orders"));
    room.request(gateway, 1);
    room.taken_with_pings();
    room.wait_answering(2000ms, {alice});
    int busy = 0;
    int idle = 0;
    for (const auto& r : room.taken_with_pings()) {
        if (r.head.kind != kind::heartbeat) continue;
        busy += r.to == alice;
        idle += r.to == bob;
    }
    CHECK_GE(busy, 7);
    CHECK_LE(busy, 8);
    CHECK_GE(idle, 1);
    CHECK_LE(idle, 2);
}

TEST_CASE("a worker that stays silent for 1.5 s is frozen: its calls go to others") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1);
    room.taken();
    room.join(bob, make_ready("b"));
    room.wait_answering(1400ms, {bob});
    CHECK(room.taken().empty());
    room.wait_answering(500ms, {bob});
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_request(sent[0], bob, 1);
    CHECK(sent[0].head.has(flag::alone));
}

TEST_CASE("anything heard of a worker counts as life") {
    router_room room;
    room.join(alice, make_ready("a"));
    for (std::uint64_t i = 1; i <= 20; ++i) {
        room.request(gateway, i);
        const auto sent = room.taken();
        REQUIRE_EQ(sent.size(), 1);
        CHECK(sent[0].to == alice);
        room.wait(400ms);
        room.reply(alice, sent[0]);
        room.taken();
    }
}

TEST_CASE("a broker that stood still itself does not hold its workers' silence against them") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1, 0, 60'000ms);
    room.wait_answering(1000ms, {alice});
    room.taken();
    room.wait(250ms); // a ping is out
    room.now += 10s;
    room.router().tick(room.now, room);
    room.receive(alice, {.kind = kind::heartbeat, .service = users});
    room.wait_answering(1000ms, {alice});
    CHECK(room.taken().empty());
}

TEST_CASE("a frozen worker that thaws is told to say READY, and its late reply is not passed on") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1);
    const auto first = room.taken().at(0);
    room.join(bob, make_ready("b"));
    room.wait_answering(2000ms, {bob});
    const auto second = room.taken().at(0);
    CHECK(second.to == bob);

    room.reply(alice, first, "late");
    auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    CHECK(sent[0].to == alice);
    CHECK_EQ(reason_of(sent[0]), "");
    room.join(alice, make_ready("a"));
    room.reply(alice, first, "late again");
    CHECK(room.taken().empty());

    room.reply(bob, second);
    sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 1, errc::ok, outcome::executed);
    CHECK_EQ(sent[0].body, "done");
}

TEST_CASE("a caller's ping is answered; a worker that the broker does not know must say READY") {
    router_room room;
    room.receive(gateway, {.kind = kind::heartbeat});
    auto sent = room.taken_with_pings();
    REQUIRE_EQ(sent.size(), 1);
    CHECK(sent[0].head.kind == kind::heartbeat);
    room.receive(alice, {.kind = kind::heartbeat, .service = users});
    sent = room.taken_with_pings();
    REQUIRE_EQ(sent.size(), 1);
    CHECK_EQ(reason_of(sent[0]), "");
}

TEST_CASE("a worker whose READY came too often hears of it, though it was told just before") {
    router_room room;
    for (int i = 0; i < 64; ++i) room.join(alice, make_ready("a"));
    room.receive(alice, {.kind = kind::disconnect, .service = users});
    room.taken();
    room.receive(alice, {.kind = kind::heartbeat, .service = users});
    REQUIRE_EQ(room.taken().size(), 1); // it is to say READY
    room.say_ready(alice, make_ready("a"));
    CHECK(room.taken().empty()); // too often: later
    room.wait(200ms);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    CHECK_EQ(reason_of(sent[0]), "");
}

TEST_CASE("a worker is told to say READY, though another on that place was told just before") {
    router_room room;
    room.receive(alice, {.kind = kind::heartbeat, .service = users});
    REQUIRE_EQ(room.taken().size(), 1);
    room.lost(alice);
    const auto next = peer_id{static_cast<std::uint64_t>(alice) + (std::uint64_t{1} << 32U)};
    room.receive(next, {.kind = kind::heartbeat, .service = users});
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    CHECK(sent[0].to == next);
}

} // namespace postbus::bus::tests
