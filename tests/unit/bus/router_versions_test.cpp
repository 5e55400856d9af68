// Workers that differ: new code of one version, and two versions, at the same time.

#include "tests/unit/bus/router_scene.hpp"

namespace postbus::bus::tests {

namespace {

ready with_operations(const std::string& instance, const std::vector<std::string>& names) {
    auto said = make_ready(instance);
    const auto like = said.description.operations.at(0);
    said.description.operations.clear();
    for (const auto& name : names) {
        auto& one = said.description.operations.emplace_back(like);
        one.name = "users." + name;
        one.path = "/users/" + name;
    }
    return said;
}

ready of_version(const std::string& instance, std::uint32_t version) {
    auto said = make_ready(instance);
    said.description.version = version;
    return said;
}

std::string shown(router_room& room) {
    std::string out;
    for (const auto& entry : room.router().snapshot(room.now).services) {
        out += (out.empty() ? "" : " ") + entry.description.key() + ':';
        for (const auto& one : entry.description.operations) out += one.name.substr(5);
    }
    return out;
}

void request_of(router_room& room, std::uint32_t version, std::uint64_t number) {
    room.request(gateway, number, flag::write, 5000ms, "users/" + std::to_string(version));
}

bool withdrawn(router_room& room, const std::string& key) {
    const auto all = room.router().snapshot(room.now).withdrawn;
    return std::find(all.begin(), all.end(), key) != all.end();
}

} // namespace

TEST_CASE("a new operation is shown when the last worker without it takes no more requests") {
    router_room room;
    room.join(alice, with_operations("a", {"list"}));
    room.join(bob, with_operations("b", {"list", "new"}));
    CHECK_EQ(shown(room), "users/1:.list");
    room.join(carol, with_operations("c", {"list", "new"}));
    room.receive(alice, {.kind = kind::drain, .service = users});
    CHECK_EQ(shown(room), "users/1:.list.new");
    room.receive(alice, {.kind = kind::disconnect, .service = users});
    CHECK_EQ(shown(room), "users/1:.list.new");
}

TEST_CASE("rolled back, a new operation goes as soon as one worker without it is ready") {
    router_room room;
    room.join(alice, with_operations("a", {"list", "new"}));
    CHECK_EQ(shown(room), "users/1:.list.new");
    room.join(bob, with_operations("b", {"list"}));
    CHECK_EQ(shown(room), "users/1:.list");
    room.lost(bob);
    CHECK_EQ(shown(room), "users/1:.list.new");
}

TEST_CASE("what was last shown stays while all workers are gone") {
    router_room room;
    room.join(alice, with_operations("a", {"list"}));
    room.join(bob, with_operations("b", {"list", "new"}));
    room.lost(bob);
    room.lost(alice);
    CHECK_EQ(shown(room), "users/1:.list");
    room.join(carol, with_operations("c", {"list", "new"}));
    CHECK_EQ(shown(room), "users/1:.list.new");
}

TEST_CASE("a worker that describes itself anew is counted once, and one that repeats is no news") {
    router_room room;
    room.join(alice, with_operations("a", {"list"}));
    const auto before = room.router().registry_revision();
    room.join(alice, with_operations("a", {"list"}));
    CHECK_EQ(room.router().registry_revision(), before);
    room.join(alice, with_operations("a", {"list", "new"}));
    CHECK_EQ(shown(room), "users/1:.list.new");
    CHECK_EQ(room.router().snapshot(room.now).services.at(0).workers, 1);
}

TEST_CASE("a route that only some workers of a service announce is not another's to take") {
    router_room room;
    room.join(alice, with_operations("a", {"list"}));
    room.join(bob, with_operations("b", {"list", "new"}));
    auto said = make_ready("c", "orders");
    said.description.operations[0].path = "/users/new";
    room.say_ready(carol, said);
    CHECK_NE(reason_of(room.taken().at(0)), "");
}

TEST_CASE("more than sixteen descriptions of one version at once are refused") {
    router_room room;
    for (std::uint64_t i = 0; i < 16; ++i)
        room.join(peer_id{100 + i},
                  with_operations(std::to_string(i), {"list", "n" + std::to_string(i)}));
    room.say_ready(alice, with_operations("more", {"list", "more"}));
    const auto why = reason_of(room.taken().at(0));
    CHECK_MESSAGE(why.find("16 ways") != std::string::npos, why);
    room.join(bob, with_operations("same", {"list", "n3"})); // as one of them
    CHECK(room.taken().empty());
}

TEST_CASE("the lower of two versions is given first, whichever came first") {
    router_room room;
    room.join(bob, of_version("b", 2));
    room.join(alice, of_version("a", 1));
    CHECK_EQ(shown(room), "users/1:.list users/2:.list");
}

TEST_CASE("the last worker of a version drains: another version stands in at once") {
    router_room room;
    room.settle();
    room.join(alice, of_version("a", 1));
    room.join(bob, of_version("b", 2));
    request_of(room, 1, 1);
    const auto first = room.taken().at(0);
    CHECK(first.to == alice);
    room.receive(alice, {.kind = kind::drain, .service = users});
    CHECK(withdrawn(room, "users/1"));
    CHECK_EQ(shown(room), "users/2:.list");
    room.taken();

    request_of(room, 1, 2); // from a gateway that has not heard yet
    const auto moved = room.taken();
    REQUIRE_EQ(moved.size(), 1);
    CHECK(moved[0].to == bob);
    CHECK_EQ(moved[0].service, "users/2");
    room.reply(bob, moved[0]);
    CHECK(room.taken().at(0).to == gateway);
    room.reply(alice, first); // what it had is still its own
    CHECK(room.taken().at(0).to == gateway);
}

TEST_CASE("calls that wait, or are handed back by the last worker of a version, move along") {
    router_room room;
    auto small = of_version("a", 1);
    small.credits = 1;
    room.join(alice, small);
    room.join(bob, of_version("b", 2));
    request_of(room, 1, 1);
    request_of(room, 1, 2); // waits
    const auto first = room.taken();
    REQUIRE_EQ(first.size(), 1);
    room.receive(alice, {.kind = kind::drain, .service = users});
    auto sent = room.taken();
    std::erase_if(sent, [](const auto& one) { return one.head.kind != kind::request; });
    REQUIRE_EQ(sent.size(), 1);
    CHECK(sent[0].to == bob);
    room.refuse(alice, first[0], errc::shutting_down, outcome::not_executed);
    sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    CHECK(sent[0].to == bob);
}

TEST_CASE("a version whose last worker crashed keeps its calls for the one that comes again") {
    router_room room;
    room.join(alice, of_version("a", 1));
    room.join(bob, of_version("b", 2));
    room.lost(alice);
    CHECK_FALSE(withdrawn(room, "users/1"));
    request_of(room, 1, 1);
    CHECK(room.taken().empty());
    room.join(carol, of_version("c", 1));
    CHECK(room.taken().at(0).to == carol);
}

TEST_CASE("rolled back: the lower version stands in for the higher") {
    router_room room;
    room.settle();
    room.join(bob, of_version("b", 2));
    room.join(alice, of_version("a", 1));
    room.receive(bob, {.kind = kind::drain, .service = "users/2"});
    CHECK(withdrawn(room, "users/2"));
    room.taken();
    request_of(room, 2, 1);
    CHECK(room.taken().at(0).to == alice);
}

TEST_CASE("a young broker gives calls of a version that it never knew to another, but not early") {
    router_room room;
    request_of(room, 1, 1);
    room.join(bob, of_version("b", 2));
    CHECK(room.taken().empty()); // workers of version 1 may be on their way
    room.wait_answering(2100ms, {bob});
    CHECK(room.taken().at(0).to == bob);
    request_of(room, 3, 2);
    CHECK(room.taken().at(0).to == bob);
}

TEST_CASE("alone, a version that drained is withdrawn after a while, as ever") {
    router_room room;
    room.join(alice, of_version("a", 1));
    room.receive(alice, {.kind = kind::drain, .service = users});
    CHECK_FALSE(withdrawn(room, "users/1"));
    room.wait(6000ms);
    CHECK(withdrawn(room, "users/1"));
}

} // namespace postbus::bus::tests
