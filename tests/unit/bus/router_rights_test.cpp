#include "tests/unit/bus/router_scene.hpp"

#include <set>

namespace postbus::bus::tests {

namespace {

/// Where each peer has a key of its own, except for those that share one.
class room_with_keys : public router_room {
public:
    bool same_key(peer_id a, peer_id b) override {
        return a == b || (shared.contains(a) && shared.contains(b));
    }

    std::set<peer_id> shared;
};

bool refused(const std::vector<sent_record>& sent, peer_id who, const std::string& why) {
    REQUIRE_EQ(sent.size(), 1);
    CHECK(sent[0].to == who);
    return reason_of(sent[0]).find(why) != std::string::npos;
}

} // namespace

TEST_CASE("nobody takes a worker's place by naming its instance for another service") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.settle();
    room.say_ready(bob, make_ready("a", "orders"));
    CHECK(refused(room.taken(), bob, "instance a is another worker, of users/1"));
    room.request(gateway, 1);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_request(sent[0], alice, 1);
}

TEST_CASE("where there are keys, nobody takes a worker's place with another one") {
    room_with_keys room;
    room.join(alice, make_ready("a"));
    room.settle();
    room.say_ready(bob, make_ready("a"));
    CHECK(refused(room.taken(), bob, "instance a is another worker"));
    room.shared = {alice, carol};
    room.join(carol, make_ready("a")); // the same process on a new connection
    room.request(gateway, 1);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_request(sent[0], carol, 1);
}

TEST_CASE("a request that may not be is refused as forbidden, and not executed") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.settle();
    const record request{.head = {.kind = kind::request,
                                  .time_left_ms = 1000,
                                  .slot = 1007,
                                  .id = {1, 7},
                                  .service = users},
                         .meta = "meta",
                         .body = {},
                         .detached = {}};
    room.router().forbid(gateway, request, "no", room.now, room);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    check_refusal(sent[0], 7, errc::forbidden, outcome::not_executed);
    CHECK_EQ(room.router().pending_calls(), 0);
}

TEST_CASE("a worker that is turned away is told why, and what it has in hand goes to another") {
    router_room room;
    room.join(alice, make_ready("a"));
    room.settle();
    room.request(gateway, 1);
    check_request(room.taken().at(0), alice, 1);
    room.join(bob, make_ready("b"));
    CHECK_EQ(room.router().served_by(alice), "users");
    room.router().turn_away(alice, "not any more", room.now, room);
    CHECK_EQ(room.router().served_by(alice), "");
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 2);
    for (const auto& one : sent)
        if (one.to == alice) CHECK_EQ(reason_of(one), "not any more");
        else check_request(one, bob, 1);
}

} // namespace postbus::bus::tests
