#include "tests/unit/bus/router_scene.hpp"

#include <algorithm>

namespace postbus::bus::tests {

// What one broker takes, of all services together and of each: every limit alone, with the others
// far away.

namespace {

constexpr auto orders = "orders/1";

router_options only(auto change) {
    router_options options;
    options.queue = {1'000'000, std::size_t{1} << 40U};
    options.max_calls = 1'000'000;
    options.max_bytes = std::size_t{1} << 40U;
    options.queue_wait = 0ms;
    change(options);
    return options;
}

/// Asks so often; how many of them were let in.
std::size_t admitted(router_room& room, std::uint64_t first, std::size_t count,
                     std::string_view service = users, std::string_view body = "body",
                     std::uint8_t flags = 0) {
    room.taken();
    for (std::uint64_t i = 0; i < count; ++i)
        room.request(gateway, first + i, flags, 5000ms, service, body);
    const auto sent = room.taken();
    const auto refused = std::ranges::count_if(sent, [](const sent_record& r) {
        return r.head.kind == kind::reply && r.head.error == errc::queue_full &&
               r.head.outcome == outcome::not_executed;
    });
    return count - static_cast<std::size_t>(refused);
}

/// One worker each of users and orders that takes a single call at a time.
void join_two(router_room& room) {
    auto said = make_ready("a");
    said.credits = said.slow_credits = 1;
    room.join(alice, said);
    said = make_ready("b", "orders");
    said.credits = said.slow_credits = 1;
    room.join(bob, said);
}

} // namespace

TEST_CASE("calls of all services together are limited, and one service gets half of that") {
    router_room room{only([](auto& o) { o.max_calls = 100; })};
    join_two(room);
    CHECK_EQ(admitted(room, 1, 200), 50);
    CHECK_EQ(admitted(room, 1001, 200, orders), 25); // half of what is left
    CHECK_EQ(room.router().pending_calls(), 75);
}

TEST_CASE("what is in flight counts among the calls of all services") {
    router_room room{only([](auto& o) { o.max_calls = 100; })};
    auto said = make_ready("a");
    said.credits = 1000;
    room.join(alice, said);
    CHECK_EQ(admitted(room, 1, 200), 50); // none of them waits
}

TEST_CASE("bytes of all services together are limited, and one service gets half of that") {
    router_room room{only([](auto& o) { o.max_bytes = 100'000; })};
    join_two(room);
    const std::string body(996, 'x'); // and four of meta
    CHECK_EQ(admitted(room, 1, 200, users, body), 49);
    CHECK_EQ(admitted(room, 1001, 200, orders, body), 25);
    CHECK_EQ(admitted(room, 2001, 1, users, "small"), 0);
    CHECK_EQ(admitted(room, 3001, 1, orders, "small"), 1);
}

TEST_CASE("the share of a service comes back when its calls end") {
    router_room room{only([](auto& o) { o.max_calls = 100; })};
    auto said = make_ready("a");
    said.credits = 1000;
    room.join(alice, said);
    for (std::uint64_t i = 1; i <= 50; ++i) room.request(gateway, i);
    const auto sent = room.taken();
    CHECK_EQ(admitted(room, 1001, 10), 0);
    for (std::size_t i = 0; i < 10; ++i) room.reply(alice, sent.at(i));
    CHECK_EQ(admitted(room, 2001, 20), 10);
}

TEST_CASE("the lanes of a service have queues of their own") {
    router_room room{only([](auto& o) { o.queue.calls = 10; })};
    join_two(room);
    CHECK_EQ(admitted(room, 1, 100), 11); // one in flight
    CHECK_EQ(admitted(room, 1001, 100, users, "body", flag::slow), 11);
    CHECK_EQ(admitted(room, 2001, 100, orders), 11);
}

TEST_CASE("who would wait longer than the limit is refused at once, and told for how long") {
    router_room room{only([](auto& o) { o.queue_wait = 500ms; })};
    auto said = make_ready("a");
    said.credits = 1;
    room.join(alice, said);
    // A call every 10 ms, for a while, with always more waiting.
    std::uint64_t number = 0;
    for (; number < 60; ++number) room.request(gateway, number);
    for (int i = 0; i < 40; ++i) {
        auto sent = room.taken();
        const auto at = std::ranges::find_if(
            sent, [](const sent_record& r) { return r.head.kind == kind::request; });
        REQUIRE(at != sent.end());
        room.now += 10ms;
        room.reply(alice, *at);
        room.request(gateway, number++);
    }
    // It was 600 ms of work, but a burst; so it was let in, and now there is no more than half a
    // second's.
    CHECK_EQ(room.router().pending_calls(), 51);
    const auto more = admitted(room, 1000, 100);
    CHECK_EQ(more, 0);
    room.request(gateway, 2000);
    const auto refusal = room.taken().at(0);
    check_refusal(refusal, 2000, errc::queue_full, outcome::not_executed);
    CHECK_GE(refusal.head.time_left_ms, 500);
    CHECK_LE(refusal.head.time_left_ms, 700);
}

TEST_CASE("a worker may always have some calls waiting, however slow it is") {
    router_room room{only([](auto& o) {
        o.queue_wait = 500ms;
        o.always_admitted = 16;
    })};
    auto said = make_ready("a");
    said.credits = 1;
    room.join(alice, said);
    CHECK_EQ(admitted(room, 1, 10), 10);
    room.wait_answering(1000ms, {alice}); // nobody was served
    CHECK_EQ(admitted(room, 100, 20), 6);
}

} // namespace postbus::bus::tests
