#include "tests/unit/bus/router_scene.hpp"

#include <algorithm>

namespace postbus::bus::tests {

// What workers and callers may make one broker keep, or do: every bound that docs/protocol.md
// names.

namespace {

peer_id peer(std::uint32_t number) {
    return peer_id{1000 + number};
}

std::string name(std::uint32_t number) {
    return "s" + std::to_string(number);
}

bool knows(router_room& room, std::string_view service) {
    return std::ranges::any_of(room.router().snapshot(room.now).services,
                               [&](const auto& one) { return one.description.name == service; });
}

/// Why it is refused; empty: it is not.
std::string objection_to(router_room& room, peer_id who, const ready& said) {
    room.taken();
    room.say_ready(who, said);
    const auto answers = room.taken();
    return answers.empty() ? std::string{} : reason_of(answers.back());
}

bool mentions(const std::string& text, std::string_view what) {
    return text.find(what) != std::string::npos;
}

void ask_broker(router_room& room, peer_id who) {
    room.receive(who, {.kind = kind::request, .time_left_ms = 1000, .service = broker_service_key},
                 schemas::encode(call_meta{.operation = "broker.status"}));
}

} // namespace

TEST_CASE("a READY over a limit is refused with the limit in words") {
    router_room room;
    auto said = make_ready("a");
    said.instance = "a b";
    CHECK(mentions(objection_to(room, alice, said), "64 visible ASCII characters"));
    said.instance = std::string(65, 'a');
    CHECK(mentions(objection_to(room, alice, said), "64 visible ASCII characters"));
    said = make_ready("a");
    said.description.database_id = "\x1b[2J";
    CHECK(mentions(objection_to(room, alice, said), "database id"));
    said = make_ready("a");
    said.credits = 4097;
    CHECK(mentions(objection_to(room, alice, said), "between 1 and 4096"));
    said = make_ready("a");
    said.held.resize(8193);
    CHECK(mentions(objection_to(room, alice, said), "more calls than anybody is given"));
    said = make_ready("a");
    said.description.operations[0].summary = std::string(256 * 1024, 's');
    CHECK(mentions(objection_to(room, alice, said), "more than 262144"));
    said = make_ready("a");
    said.database_unix_ms = 1'700'000'000'000 + 3'700'000;
    CHECK(mentions(objection_to(room, alice, said), "an hour ahead"));
    CHECK_FALSE(knows(room, "users"));
    CHECK_EQ(objection_to(room, alice, make_ready("a")), "");
    CHECK(knows(room, "users"));
}

TEST_CASE("a broker takes so many workers, and as many again when those are gone") {
    router_options options;
    options.max_workers = 3;
    router_room room{options};
    for (std::uint32_t i = 0; i < 3; ++i)
        CHECK_EQ(objection_to(room, peer(i), make_ready(name(i))), "");
    CHECK(mentions(objection_to(room, peer(3), make_ready("d")), "3 workers already"));
    room.lost(peer(1));
    CHECK_EQ(objection_to(room, peer(3), make_ready("d")), "");
}

TEST_CASE("of 4096 services the one left longest ago gives way to the next") {
    router_room room;
    constexpr auto most = static_cast<std::uint32_t>(registry::max_services);
    for (std::uint32_t i = 0; i < most; ++i) room.join(peer(i), make_ready(name(i), name(i)));
    CHECK(mentions(objection_to(room, peer(most), make_ready("x", "late")),
                   "as many services as it can"));
    room.lost(peer(7));
    room.now += 1s;
    room.lost(peer(3));
    CHECK(knows(room, "s7")); // they may come back
    CHECK_EQ(objection_to(room, peer(most), make_ready("x", "late")), "");
    CHECK(knows(room, "late"));
    CHECK_FALSE(knows(room, "s7"));
    CHECK(knows(room, "s3"));
}

TEST_CASE("descriptions of all services have a bound, and who left longest ago makes room") {
    router_room room;
    const auto large = [](std::uint32_t i) {
        auto said = make_ready(name(i), name(i));
        said.description.operations[0].summary = std::string(250 * 1024, 's');
        return said;
    };
    std::uint32_t taken = 0;
    while (objection_to(room, peer(taken), large(taken)).empty()) ++taken;
    CHECK_GE(taken, 14); // each is kept as it is said and as it is shown: 16 at most
    CHECK_LE(taken, 16);
    room.lost(peer(2));
    CHECK_EQ(objection_to(room, peer(taken), large(taken)), "");
    CHECK_FALSE(knows(room, "s2"));
}

TEST_CASE("names that nobody announced leave room for the services of a broker that just started") {
    router_room room;
    for (std::uint32_t i = 0; i < 5000; ++i)
        room.request(gateway, i, 0, 5000ms, "x" + std::to_string(i) + "/1");
    const auto refused = room.taken();
    CHECK_EQ(refused.size(), 5000 - 2048);
    CHECK(refused[0].head.error == errc::queue_full);
    for (std::uint32_t i = 0; i < 2048; ++i) room.join(peer(i), make_ready(name(i), name(i)));
    CHECK(knows(room, "s2047"));
    room.wait(4000ms); // their verdict, and their places are free again
    room.taken();
    CHECK_EQ(objection_to(room, peer(3000), make_ready("y", "more")), "");
}

TEST_CASE("a worker that drains and says READY once more brings nothing back") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.receive(alice, {.kind = kind::drain});
    room.wait_answering(6000ms, {alice});
    CHECK_FALSE(knows(room, "users"));
    room.say_ready(alice, make_ready("a"));
    CHECK_FALSE(knows(room, "users"));
    room.join(bob, make_ready("b"));
    CHECK(knows(room, "users"));
}

TEST_CASE("questions about the broker are answered 100 at once, then 25 a second") {
    router_room room;
    const auto answered = [&](std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i) ask_broker(room, gateway);
        const auto sent = room.taken();
        return std::ranges::count_if(sent,
                                     [](const sent_record& r) { return r.head.error == errc::ok; });
    };
    CHECK_EQ(answered(200), 100);
    room.now += 1s;
    CHECK_EQ(answered(200), 25);
    for (std::uint32_t i = 0; i < 10; ++i) ask_broker(room, other_gateway); // others are answered
    CHECK(room.taken().at(9).head.error == errc::ok);
}

TEST_CASE("an answer that is large counts as many questions") {
    router_room room;
    for (std::uint32_t i = 0; i < 2000; ++i) room.join(peer(i), make_ready(name(i), name(i)));
    for (std::uint32_t i = 0; i < 100; ++i) ask_broker(room, gateway);
    const auto sent = room.taken();
    const auto bytes = sent.at(0).body.size();
    const auto answered =
        std::ranges::count_if(sent, [](const sent_record& r) { return r.head.error == errc::ok; });
    CHECK_GT(bytes, 200'000);
    CHECK_LE(static_cast<std::size_t>(answered), 4000 / (40 + bytes / 8192) + 1);
}

TEST_CASE("a wake-up names no database longer than any has") {
    struct waking : router_room {
        void wake(const log_head&, std::string_view) override { ++wakes; }
        int wakes = 0;
    } room;
    room.join(alice, make_ready("a"));
    const auto wake = [&](std::size_t size) {
        room.receive(alice, {.kind = kind::wake},
                     schemas::encode(log_head{"users", std::string(size, 'd'), 1}));
    };
    wake(64);
    CHECK_EQ(room.wakes, 1);
    wake(65);
    CHECK_EQ(room.wakes, 1);
}

} // namespace postbus::bus::tests
