#include "tests/unit/bus/router_scene.hpp"

#include <set>

namespace postbus::bus::tests {

TEST_CASE("a full queue refuses at once, by count") {
    router_options options;
    options.queue.calls = 3;
    router_room room{options};
    auto said = make_ready("a");
    said.credits = 1;
    room.join(alice, said);
    for (std::uint64_t i = 1; i <= 4; ++i) room.request(gateway, i);
    CHECK_EQ(room.taken().size(), 1); // one in flight, three wait
    room.request(gateway, 5);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 5, errc::queue_full, outcome::not_executed);
}

TEST_CASE("a full queue refuses at once, by bytes") {
    router_options options;
    options.queue.bytes = 1000;
    router_room room{options};
    auto said = make_ready("a");
    said.credits = 1;
    room.join(alice, said);
    const std::string large(600, 'x');
    room.request(gateway, 1, 0, 5000ms, users, large);
    room.request(gateway, 2, 0, 5000ms, users, large);
    CHECK_EQ(room.taken().size(), 1);
    room.request(gateway, 3, 0, 5000ms, users, large);
    room.request(gateway, 4, 0, 5000ms, users, "small");
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 3, errc::queue_full, outcome::not_executed);
}

TEST_CASE("one service's full queue does not touch another's") {
    router_options options;
    options.queue.calls = 1;
    router_room room{options};
    auto said = make_ready("a");
    said.credits = 1;
    room.join(alice, said);
    room.join(bob, make_ready("b", "orders"));
    for (std::uint64_t i = 1; i <= 3; ++i) room.request(gateway, i);
    room.taken();
    room.request(gateway, 4, 0, 5000ms, "orders/1");
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    CHECK(sent[0].to == bob);
}

TEST_CASE("a call goes to the worker with the most free credits, and none gets more than it has") {
    router_room room;
    auto few = make_ready("a");
    few.credits = 2;
    auto many = make_ready("b");
    many.credits = 5;
    room.join(alice, few);
    room.join(bob, many);
    for (std::uint64_t i = 0; i < 10; ++i) room.request(gateway, i);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 7);
    int at_alice = 0;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        at_alice += sent[i].to == alice;
        if (i < 3) CHECK(sent[i].to == bob);
    }
    CHECK_EQ(at_alice, 2);
    room.reply(sent[6].to, sent[6]);
    const auto next = room.taken();
    REQUIRE_EQ(next.size(), 2);
    CHECK(next[1].to == sent[6].to);
}

TEST_CASE("equal workers share the work") {
    router_room room;
    for (const auto who : {alice, bob, carol})
        room.join(who, make_ready(std::to_string(static_cast<std::uint64_t>(who))));
    std::set<peer_id> used;
    for (std::uint64_t i = 0; i < 3; ++i) {
        room.request(gateway, i);
        const auto sent = room.taken().at(0);
        used.insert(sent.to);
        room.reply(sent.to, sent);
        room.taken();
    }
    CHECK_EQ(used.size(), 3);
}

TEST_CASE("slow calls have credits and a queue of their own") {
    router_room room;
    auto said = make_ready("a");
    said.credits = 1;
    said.slow_credits = 1;
    room.join(alice, said);
    room.request(gateway, 1, flag::slow);
    room.request(gateway, 2, flag::slow);
    room.request(gateway, 3);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 2);
    CHECK_EQ(sent[0].head.id.low, 1);
    CHECK(sent[0].head.has(flag::slow));
    CHECK_EQ(sent[1].head.id.low, 3);
    room.reply(alice, sent[0]);
    const auto next = room.taken();
    REQUIRE_EQ(next.size(), 2);
    CHECK_EQ(next[1].head.id.low, 2);
}

} // namespace postbus::bus::tests
