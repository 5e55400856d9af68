#include "tests/unit/bus/router_scene.hpp"

namespace postbus::bus::tests {

TEST_CASE("a request goes to a worker of its service and the reply to whoever asked") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.join(bob, make_ready("b", "orders"));
    room.request(gateway, 7, flag::write, 5000ms);
    auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_request(sent[0], alice, 7);
    CHECK(sent[0].head.has(flag::write));
    CHECK_FALSE(sent[0].head.has(flag::alone));
    CHECK_EQ(sent[0].head.time_left_ms, 5000);
    CHECK_EQ(sent[0].body, "body");

    room.reply(alice, sent[0], "answer");
    sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 7, errc::ok, outcome::executed);
    CHECK_EQ(sent[0].meta, "reply-meta");
    CHECK_EQ(sent[0].body, "answer");
    CHECK_EQ(room.router().pending_calls(), 0);
}

TEST_CASE("a service that nobody announced is refused at once") {
    router_room room;
    room.settle();
    room.request(gateway, 1, 0, 5000ms, "nobody/1");
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 1, errc::unknown_service, outcome::not_executed);
}

TEST_CASE("a broker that has just started gives no verdict on a service it has not heard of") {
    router_room room;
    room.request(gateway, 1);
    CHECK(room.taken().empty());
    room.wait(1500ms);
    CHECK(room.taken().empty());
    SUBCASE("the service appears: the call is served") {
        room.join(alice, make_ready("a"));
        const auto sent = room.taken();
        REQUIRE_EQ(sent.size(), 1);
        check_request(sent[0], alice, 1);
        CHECK_EQ(sent[0].head.time_left_ms, 3500);
    }
    SUBCASE("nobody comes: refused once the broker is old enough to know") {
        room.wait(600ms);
        const auto sent = room.taken();
        REQUIRE_EQ(sent.size(), 1);
        check_refusal(sent[0], 1, errc::unknown_service, outcome::not_executed);
    }
}

TEST_CASE("a caller that can ask another broker is refused at once where no worker is, also by a "
          "broker that has just started") {
    router_room room;
    room.request(gateway, 1, flag::elsewhere);
    auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 1, errc::no_worker, outcome::not_executed);
    room.join(alice, make_ready("a"));
    room.request(gateway, 2, flag::elsewhere | flag::write);
    sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_request(sent[0], alice, 2);
    CHECK_FALSE(sent[0].head.has(flag::elsewhere));
    room.lost(alice);
    room.settle();
    room.request(gateway, 3, flag::elsewhere);
    sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 3, errc::no_worker, outcome::not_executed);
    CHECK_EQ(room.router().pending_calls(), 0);
}

TEST_CASE("a call taken back and asked for again at once is not lost between the two") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1, flag::write);
    auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    const auto first = sent[0];
    room.receive(gateway, {.kind = kind::cancel, .slot = 1001, .id = {1, 1}});
    room.request(gateway, 1, flag::write | flag::resent);
    room.taken();
    room.refuse(alice, first, errc::cancelled, outcome::not_executed);
    sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_request(sent[0], alice, 1);
    room.reply(alice, sent[0]);
    sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 1, errc::ok, outcome::executed);
}

TEST_CASE("a known service without a worker waits a grace, then answers that none came back") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.settle();
    room.lost(alice);
    room.request(gateway, 1);
    room.wait(900ms);
    CHECK(room.taken().empty());
    SUBCASE("a worker in time serves the call") {
        room.join(bob, make_ready("b"));
        const auto sent = room.taken();
        REQUIRE_EQ(sent.size(), 1);
        check_request(sent[0], bob, 1);
    }
    SUBCASE("too late") {
        room.wait(200ms);
        const auto sent = room.taken();
        REQUIRE_EQ(sent.size(), 1);
        check_refusal(sent[0], 1, errc::no_worker, outcome::not_executed);
    }
}

TEST_CASE("the grace begins when the last worker went, however long a call had waited before") {
    router_room room;
    auto said = make_ready("a");
    said.credits = 1;
    room.join(alice, said);
    room.settle();
    room.request(gateway, 1, 0, 60'000ms);
    room.request(gateway, 2, 0, 60'000ms);
    CHECK_EQ(room.taken().size(), 1);
    room.wait_answering(3000ms, {alice});
    room.lost(alice);
    room.wait(800ms);
    CHECK(room.taken().empty());
    room.join(bob, make_ready("b"));
    CHECK_EQ(room.taken().size(), 1);
}

TEST_CASE("a call whose time runs out in the queue is refused, and was not executed") {
    router_room room;
    auto said = make_ready("a");
    said.credits = 1;
    room.join(alice, said);
    room.request(gateway, 1);
    room.request(gateway, 2, 0, 100ms);
    const auto first = room.taken().at(0);
    room.wait(150ms);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 2, errc::expired, outcome::not_executed);
    room.reply(alice, first);
    CHECK_EQ(room.taken().size(), 1);
    CHECK_EQ(room.router().pending_calls(), 0);
}

TEST_CASE("no worker is given a call that has expired since the last tick") {
    router_room room;
    auto said = make_ready("a");
    said.credits = 1;
    room.join(alice, said);
    room.request(gateway, 1);
    room.request(gateway, 2, 0, 10ms);
    const auto first = room.taken().at(0);
    room.now += 11ms;
    room.reply(alice, first);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 2);
    check_refusal(sent[1], 2, errc::expired, outcome::not_executed);
}

TEST_CASE("the time that is left travels as a duration") {
    router_room room;
    auto said = make_ready("a");
    said.credits = 1;
    room.join(alice, said);
    room.request(gateway, 1);
    room.request(gateway, 2, 0, 1000ms);
    const auto first = room.taken().at(0);
    room.wait(300ms);
    room.reply(alice, first);
    CHECK_EQ(room.taken().at(1).head.time_left_ms, 700);
}

TEST_CASE("a worker's own refusal is passed on with what it knows") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1, flag::write);
    room.refuse(alice, room.taken().at(0), errc::storage, outcome::not_executed);
    check_refusal(room.taken().at(0), 1, errc::storage, outcome::not_executed);
    room.request(gateway, 2, flag::write);
    room.refuse(alice, room.taken().at(0), errc::too_late, outcome::unknown);
    check_refusal(room.taken().at(0), 2, errc::too_late, outcome::unknown);
}

TEST_CASE("a reply counts only from the worker that has the call") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.join(bob, make_ready("b"));
    room.request(gateway, 1);
    const auto sent = room.taken().at(0);
    const auto stranger = sent.to == alice ? bob : alice;
    room.reply(stranger, sent);
    CHECK(room.taken().empty());
    room.reply(sent.to, sent);
    CHECK_EQ(room.taken().size(), 1);
    room.reply(sent.to, sent); // twice is once
    CHECK(room.taken().empty());
}

TEST_CASE("a reply to an earlier call in the same slot is dropped") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1);
    const auto first = room.taken().at(0);
    room.reply(alice, first);
    room.request(gateway, 2);
    const auto second = room.taken().at(1);
    CHECK_NE(first.head.slot, second.head.slot);
    room.reply(alice, first);
    CHECK(room.taken().empty());
}

TEST_CASE("a cancelled call that waits is dropped in silence") {
    router_room room;
    auto said = make_ready("a");
    said.credits = 1;
    room.join(alice, said);
    room.request(gateway, 1);
    room.request(gateway, 2);
    const auto first = room.taken().at(0);
    room.receive(gateway, {.kind = kind::cancel, .id = {1, 2}});
    CHECK(room.taken().empty());
    room.reply(alice, first);
    CHECK_EQ(room.taken().size(), 1);
    CHECK_EQ(room.router().pending_calls(), 0);
}

TEST_CASE("a cancelled call in flight is cancelled at its worker, and nobody hears its reply") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1);
    const auto first = room.taken().at(0);
    room.receive(gateway, {.kind = kind::cancel, .id = {1, 1}});
    auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    CHECK(sent[0].to == alice);
    CHECK(sent[0].head.kind == kind::cancel);
    CHECK(sent[0].head.id == first.head.id);
    CHECK_EQ(sent[0].head.slot, first.head.slot);
    SUBCASE("its worker answers") {
        room.reply(alice, first);
    }
    SUBCASE("its worker dies: it is not sent again") {
        room.join(bob, make_ready("b"));
        room.lost(alice);
    }
    CHECK(room.taken().empty());
    CHECK_EQ(room.router().pending_calls(), 0);
}

TEST_CASE("a call can be cancelled only by whoever made it") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.request(gateway, 1);
    const auto first = room.taken().at(0);
    room.receive(other_gateway, {.kind = kind::cancel, .id = {1, 1}});
    CHECK(room.taken().empty());
    room.reply(alice, first);
    CHECK_EQ(room.taken().size(), 1);
}

TEST_CASE("a large body is passed on without a copy") {
    router_room room;
    room.join(alice, make_ready("a"));
    const auto large = std::make_shared<const std::string>(100'000, 'x');
    room.router().receive(gateway,
                          {.head = {.kind = kind::request,
                                    .time_left_ms = 5000,
                                    .slot = 1001,
                                    .id = {1, 1},
                                    .service = users},
                           .meta = "meta",
                           .body = *large,
                           .detached = {large, *large}},
                          room.now, room);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    CHECK_EQ(sent[0].body_at, static_cast<const void*>(large->data()));
    room.reply(alice, sent[0]);
    CHECK_EQ(large.use_count(), 1); // and not kept longer than the call
}

} // namespace postbus::bus::tests
