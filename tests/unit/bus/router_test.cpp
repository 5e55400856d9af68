#include "tests/unit/bus/router_room.hpp"

#include <doctest/doctest.h>

#include <set>

// Each row of what the bus promises its callers, as a scene.

namespace postbus::bus::tests {

namespace {

constexpr peer_id gateway{1};
constexpr peer_id other_gateway{2};
constexpr peer_id alice{11};
constexpr peer_id bob{12};
constexpr peer_id carol{13};

void check_request(const sent_record& r, peer_id to, std::uint64_t number) {
    CHECK(r.head.kind == kind::request);
    CHECK(r.to == to);
    CHECK_EQ(r.head.id.low, number);
    CHECK_EQ(r.service, users);
    CHECK_EQ(r.meta, "meta");
}

void check_refusal(const sent_record& r, std::uint64_t number, errc error, outcome known,
                   peer_id to = gateway) {
    CHECK(r.head.kind == kind::reply);
    CHECK(r.to == to);
    CHECK_EQ(r.head.slot, 1000 + number);
    CHECK_EQ(r.head.id.low, number);
    CHECK_EQ(message(r.head.error), message(error));
    CHECK_EQ(static_cast<int>(r.head.outcome), static_cast<int>(known));
}

std::string reason_of(const sent_record& r) {
    CHECK(r.head.kind == kind::disconnect);
    const auto notice = schemas::decode<broker_notice>(r.meta);
    REQUIRE(notice);
    return notice->reason;
}

} // namespace

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
        room.join(alice, make_ready("a" + std::to_string(died)));
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
