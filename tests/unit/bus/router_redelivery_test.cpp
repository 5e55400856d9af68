#include "tests/unit/bus/router_scene.hpp"

namespace postbus::bus::tests {

TEST_CASE("a request whose worker dies is sent to another worker, alone") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1);
    room.taken();
    room.join(bob, make_ready("b"));
    room.lost(alice);
    auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_request(sent[0], bob, 1);
    CHECK(sent[0].head.has(flag::alone));
    room.reply(bob, sent[0]);
    sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 1, errc::ok, outcome::executed);
}

TEST_CASE("a request that kills every worker is sent at most three times, then it is unknown") {
    router_room room;
    room.settle();
    room.join(alice, make_ready("a"));
    room.request(gateway, 1);
    for (int died = 0; died < 3; ++died) {
        const auto sent = room.taken();
        REQUIRE_EQ(sent.size(), 1);
        check_request(sent[0], alice, 1);
        room.lost(alice);
        room.join(alice, make_ready(std::to_string(died)));
    }
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 1, errc::resends_used_up, outcome::unknown);
    CHECK_EQ(room.router().pending_calls(), 0);
}

TEST_CASE("calls of a dead worker run one at a time, and new ones on the other workers meanwhile") {
    router_room room;
    room.join(alice, make_ready("a"));
    for (std::uint64_t i = 1; i <= 3; ++i) room.request(gateway, i);
    room.taken();
    room.join(bob, make_ready("b"));
    room.join(carol, make_ready("c"));
    room.lost(alice);
    for (std::uint64_t i = 10; i < 14; ++i) room.request(gateway, i);

    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 5);
    CHECK(sent[0].head.has(flag::alone));
    const auto lonely = sent[0].to;
    for (std::size_t i = 1; i < sent.size(); ++i) {
        CHECK_FALSE(sent[i].head.has(flag::alone));
        CHECK(sent[i].to != lonely);
    }
    auto current = sent[0];
    for (std::uint64_t i = 1; i <= 3; ++i) {
        CHECK_EQ(current.head.id.low, i);
        room.reply(lonely, current);
        const auto next = room.taken();
        REQUIRE_GE(next.size(), 1);
        check_refusal(next[0], i, errc::ok, outcome::executed);
        if (i == 3) break;
        REQUIRE_EQ(next.size(), 2);
        CHECK(next[1].to == lonely);
        CHECK(next[1].head.has(flag::alone));
        current = next[1];
    }
    // And now it takes others again.
    room.request(gateway, 20);
    CHECK(room.taken().at(0).to == lonely);
}

TEST_CASE("a lone worker runs what waits only after the call that runs alone") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1);
    room.taken();
    room.lost(alice);
    room.request(gateway, 2);
    room.join(bob, make_ready("b"));
    auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    CHECK_EQ(sent[0].head.id.low, 1);
    CHECK(sent[0].head.has(flag::alone));
    room.reply(bob, sent[0]);
    sent = room.taken();
    REQUIRE_EQ(sent.size(), 2);
    CHECK_EQ(sent[1].head.id.low, 2);
    CHECK_FALSE(sent[1].head.has(flag::alone));
}

TEST_CASE("a redelivered call that expires may have been executed") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.settle();
    room.request(gateway, 1, flag::write, 500ms);
    room.taken();
    room.lost(alice);
    room.wait(600ms);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 1, errc::expired, outcome::unknown);
}

TEST_CASE("a redelivered call that the second worker refuses may have been executed by the first") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1, flag::write);
    room.taken();
    room.lost(alice);
    room.join(bob, make_ready("b"));
    room.refuse(bob, room.taken().at(0), errc::expired, outcome::not_executed);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 1, errc::expired, outcome::unknown);
}

TEST_CASE("a worker that disconnects with calls in hand has them sent again") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.join(bob, make_ready("b", "users"));
    room.request(gateway, 1);
    const auto first = room.taken().at(0);
    room.receive(first.to, {.kind = kind::disconnect});
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    CHECK(sent[0].to != first.to);
}

} // namespace postbus::bus::tests
