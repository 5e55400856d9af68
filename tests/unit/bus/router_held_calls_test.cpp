#include "tests/unit/bus/router_scene.hpp"

namespace postbus::bus::tests {

TEST_CASE("after a broker's restart a call still held by a worker is answered from there") {
    router_room room; // knows nothing, as after a restart
    auto said = make_ready("a");
    said.held = {{.id = {1, 1}, .time_left_ms = 4000, .slow = false}};
    SUBCASE("the worker comes first") {
        room.join(alice, said);
        room.request(gateway, 1, flag::write | flag::resent);
        CHECK(room.taken().empty()); // not sent a second time
    }
    SUBCASE("the caller comes first") {
        room.request(gateway, 1, flag::write | flag::resent);
        room.join(alice, said);
        CHECK(room.taken().empty());
    }
    // The worker knows the slot of the broker before.
    room.receive(alice, {.kind = kind::reply, .slot = 0x1234'0000'0000U, .id = {1, 1}}, "m",
                 "kept");
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 1, errc::ok, outcome::executed);
    CHECK_EQ(sent[0].body, "kept");
    CHECK_EQ(room.router().pending_calls(), 0);
}

TEST_CASE("a held call that nobody asks for ends without a word") {
    router_room room;
    auto said = make_ready("a");
    said.held = {{.id = {1, 1}, .time_left_ms = 4000, .slow = false}};
    room.join(alice, said);
    CHECK_EQ(room.router().pending_calls(), 1);
    room.receive(alice, {.kind = kind::reply, .slot = 5, .id = {1, 1}});
    CHECK(room.taken().empty());
    CHECK_EQ(room.router().pending_calls(), 0);
}

TEST_CASE("held calls use up credits") {
    router_room room;
    auto said = make_ready("a");
    said.credits = 2;
    said.held = {{.id = {9, 1}, .time_left_ms = 4000, .slow = false}};
    room.join(alice, said);
    room.request(gateway, 1);
    room.request(gateway, 2);
    CHECK_EQ(room.taken().size(), 1);
}

TEST_CASE("a worker that reconnects keeps what it holds; the rest was lost on the way") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1);
    room.request(gateway, 2);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 2);
    auto said = make_ready("a");
    said.held = {{.id = {1, 1}, .time_left_ms = 4000, .slow = false}};
    room.join(bob, said);        // the same process on a new connection
    CHECK(room.taken().empty()); // call 2 must run alone, and call 1 is still in hand there
    room.receive(bob, {.kind = kind::reply, .slot = sent[0].head.slot, .id = {1, 1}}, "m", "one");
    const auto after = room.taken();
    REQUIRE_EQ(after.size(), 2);
    check_refusal(after[0], 1, errc::ok, outcome::executed);
    check_request(after[1], bob, 2);
    CHECK(after[1].head.has(flag::alone));
    CHECK_EQ(room.router().status(room.now).services.at(0).workers.size(), 1);
}

// In the end an entry of its own for each time would use up the worker's credits for good.
TEST_CASE("a call that two workers hold counts once at each, however often they say READY") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1, flag::write);
    const auto first = room.taken().at(0);
    room.lost(alice); // and comes back, when the call is with another already
    room.join(bob, make_ready("b"));
    const auto second = room.taken().at(0);
    auto again = make_ready("a");
    again.held = {{.id = {1, 1}, .time_left_ms = 4000, .slow = false}};
    room.join(carol, again);
    const auto in_flight_of_a = [&]() -> std::int64_t {
        const auto status = room.router().status(room.now);
        for (const auto& who : status.services.at(0).workers)
            if (who.id == "a") return who.in_flight;
        return -1;
    };
    CHECK_EQ(in_flight_of_a(), 1);

    SUBCASE("the other still has it") {
        room.join(carol, again);
        CHECK_EQ(in_flight_of_a(), 1);
        CHECK_EQ(room.router().pending_calls(), 2);
    }
    SUBCASE("the other has answered it") {
        room.reply(bob, second);
        CHECK_EQ(room.taken().size(), 1);
        room.join(carol, again);
        CHECK_EQ(in_flight_of_a(), 1);
        CHECK_EQ(room.router().pending_calls(), 1);
    }
    SUBCASE("the other is gone, and it waits to be sent again") {
        room.lost(bob);
        room.join(carol, again);
        CHECK_EQ(in_flight_of_a(), 1);
        CHECK_EQ(room.router().pending_calls(), 1);
    }
    room.reply(carol, first);
    CHECK_EQ(in_flight_of_a(), 0);
}

TEST_CASE("a request that is already pending only gets a new way back") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1, flag::write);
    const auto first = room.taken().at(0);
    room.request(other_gateway, 1, flag::write | flag::resent);
    CHECK(room.taken().empty());
    room.reply(alice, first);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 1, errc::ok, outcome::executed, other_gateway);
}

TEST_CASE("a worker holds no more calls than it has credits, however often it says so") {
    router_room room;
    auto said = make_ready("a"); // four credits and two slow ones
    for (std::uint64_t round = 0; round < 10; ++round) {
        said.held.clear();
        for (std::uint64_t i = 0; i < 5; ++i)
            said.held.push_back({.id = {9, round * 10 + i}, .time_left_ms = 4000, .slow = false});
        room.join(alice, said);
    }
    CHECK_EQ(room.router().pending_calls(), 6);
}

TEST_CASE("held calls are in the bound of all calls; one beyond it comes again as a new one") {
    router_options options;
    options.max_calls = 3;
    router_room room{options};
    auto said = make_ready("a");
    said.held.assign(4, {.id = {}, .time_left_ms = 4000, .slow = false});
    for (std::uint64_t i = 0; i < 4; ++i) said.held[i].id = {9, i};
    room.join(alice, said);
    CHECK_EQ(room.router().pending_calls(), 2); // the share of one service
    room.receive(alice, {.kind = kind::reply, .slot = 5, .id = {9, 3}});
    CHECK(room.taken().empty());
}

TEST_CASE("requests of held calls are in the bound of all bytes; beyond it one is not sent again") {
    router_options options;
    options.max_bytes = 1000;
    router_room room{options};
    auto said = make_ready("a");
    for (std::uint64_t i = 0; i < 4; ++i)
        said.held.push_back({.id = {1, i}, .time_left_ms = 4000, .slow = false});
    room.join(alice, said);
    const std::string body(300, 'x');
    for (std::uint64_t i = 0; i < 4; ++i) room.request(gateway, i, 0, 5000ms, users, body);
    CHECK(room.taken().empty()); // a worker has them
    room.lost(alice);
    const auto refused = room.taken();
    REQUIRE_EQ(refused.size(), 3);
    for (std::size_t i = 0; i < 3; ++i)
        check_refusal(refused[i], i + 1, errc::resends_used_up, outcome::unknown);
    room.join(bob, make_ready("b"));
    check_request(room.taken().at(0), bob, 0);
}

TEST_CASE("nobody gets the answer to another's call by its id") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1);
    const auto asked = room.taken().at(0);
    room.one_key = false;
    room.request(other_gateway, 1);
    check_refusal(room.taken().at(0), 1, errc::malformed, outcome::not_executed, other_gateway);
    room.one_key = true;
    room.request(other_gateway, 1, 0, 5000ms, "orders/1");
    check_refusal(room.taken().at(0), 1, errc::malformed, outcome::not_executed, other_gateway);
    room.reply(alice, asked);
    const auto answer = room.taken().at(0);
    CHECK(answer.to == gateway);
    CHECK_EQ(answer.body, "done");
}

} // namespace postbus::bus::tests
