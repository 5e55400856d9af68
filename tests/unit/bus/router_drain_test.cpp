#include "tests/unit/bus/router_scene.hpp"

namespace postbus::bus::tests {

TEST_CASE("a draining worker gets no more requests, and what it has is still answered") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.join(bob, make_ready("b"));
    room.request(gateway, 1);
    room.request(gateway, 2);
    auto sent = room.taken();
    const auto at_alice = sent[0].to == alice ? sent[0] : sent[1];
    room.receive(alice, {.kind = kind::drain});
    sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    CHECK(sent[0].to == alice);
    CHECK(sent[0].head.kind == kind::drain);

    for (std::uint64_t i = 10; i < 13; ++i) room.request(gateway, i);
    for (const auto& r : room.taken()) CHECK(r.to == bob);
    room.reply(alice, at_alice);
    CHECK_EQ(room.taken().size(), 1);
    room.receive(alice, {.kind = kind::disconnect});
    CHECK(room.taken().empty());
}

TEST_CASE("a request that a worker on its way out hands back goes to another, as if new") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1);
    const auto first = room.taken().at(0);
    room.receive(alice, {.kind = kind::drain});
    room.join(bob, make_ready("b"));
    room.taken();
    room.refuse(alice, first, errc::shutting_down, outcome::not_executed);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_request(sent[0], bob, 1);
    CHECK_FALSE(sent[0].head.has(flag::alone));
}

TEST_CASE("routes go only some time after the last worker drained, never when it crashed") {
    router_room room;
    room.settle();
    room.join(alice, make_ready("a"));
    SUBCASE("drained") {
        room.receive(alice, {.kind = kind::drain});
        room.receive(alice, {.kind = kind::disconnect});
        room.wait(4000ms);
        CHECK_EQ(room.router().snapshot(room.now).services.size(), 1);
        room.wait(1500ms);
        const auto snapshot = room.router().snapshot(room.now);
        CHECK(snapshot.services.empty());
        CHECK(snapshot.withdrawn == std::vector<std::string>{users});
        room.taken();
        room.request(gateway, 1);
        check_refusal(room.taken().at(0), 1, errc::unknown_service, outcome::not_executed);

        room.join(bob, make_ready("b"));
        const auto again = room.router().snapshot(room.now);
        CHECK_EQ(again.services.size(), 1);
        CHECK(again.withdrawn.empty());
    }
    SUBCASE("drained, and one came in time") {
        room.receive(alice, {.kind = kind::drain});
        room.wait(4000ms);
        room.join(bob, make_ready("b"));
        room.wait_answering(4000ms, {bob});
        CHECK_EQ(room.router().snapshot(room.now).services.size(), 1);
    }
    SUBCASE("crashed") {
        room.lost(alice);
        room.wait(60'000ms);
        const auto snapshot = room.router().snapshot(room.now);
        REQUIRE_EQ(snapshot.services.size(), 1);
        CHECK_EQ(snapshot.services[0].workers, 0);
        CHECK(snapshot.withdrawn.empty());
    }
}

} // namespace postbus::bus::tests
