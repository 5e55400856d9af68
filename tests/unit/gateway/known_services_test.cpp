#include "tests/unit/gateway/exchange_scene.hpp"

#include "gateway/known_services.hpp"

#include <doctest/doctest.h>

namespace postbus::gateway {

namespace {

using namespace std::chrono_literals;
using time_point = known_services::time_point;

bus::registry_snapshot make_snapshot(std::uint64_t broker, std::vector<std::string> alive,
                                     std::vector<std::string> withdrawn = {},
                                     std::uint32_t workers = 1) {
    bus::registry_snapshot made;
    made.incarnation = broker;
    for (auto& name : alive)
        made.services.push_back(
            {make_service(name, {make_operation(name + ".list", "GET", '/' + name)}),
             workers,
             {},
             0});
    made.withdrawn = std::move(withdrawn);
    return made;
}

} // namespace

TEST_CASE("services stay although a broker has forgotten them") {
    known_services known;
    CHECK(known.apply(make_snapshot(1, {"users", "orders"}), time_point{}));
    CHECK_FALSE(known.apply(make_snapshot(1, {"users", "orders"}), time_point{1s}));
    CHECK_FALSE(known.apply(make_snapshot(2, {}), time_point{2s}));
    CHECK_EQ(known.services().size(), 2);
}

TEST_CASE("a service whose last worker drained is withdrawn, and comes back last") {
    known_services known;
    known.apply(make_snapshot(1, {"users", "orders"}), time_point{});
    CHECK(known.apply(make_snapshot(1, {"orders"}, {"users/1"}), time_point{1s}));
    REQUIRE_EQ(known.services().size(), 1);
    CHECK_EQ(known.services()[0].name, "orders");
    CHECK_FALSE(known.apply(make_snapshot(1, {"orders"}, {"users/1"}), time_point{2s}));
    CHECK(known.apply(make_snapshot(1, {"users", "orders"}), time_point{3s}));
    CHECK_EQ(known.services()[1].name, "users");
}

TEST_CASE("a service listed without workers as withdrawn does not flicker") {
    known_services known;
    known.apply(make_snapshot(1, {"users"}), time_point{});
    CHECK(known.apply(make_snapshot(1, {"users"}, {"users/1"}, 0), time_point{1s}));
    CHECK_FALSE(known.apply(make_snapshot(1, {"users"}, {"users/1"}, 0), time_point{2s}));
}

TEST_CASE("one broker does not withdraw what another one has workers of, while that one lives") {
    known_services known;
    known.apply(make_snapshot(1, {"users"}), time_point{});
    known.apply(make_snapshot(2, {"users"}), time_point{});
    CHECK_FALSE(known.apply(make_snapshot(2, {}, {"users/1"}), time_point{1s}));
    CHECK(known.apply(make_snapshot(2, {}, {"users/1"}), time_point{11s}));
    CHECK(known.services().empty());
}

TEST_CASE(
    "a service withdrawn by one broker stays away though another, which saw its worker vanish, "
    "lists it") {
    known_services known;
    known.apply(make_snapshot(1, {"users", "orders"}), time_point{});
    known.apply(make_snapshot(2, {"users", "orders"}), time_point{});
    auto vanished = make_snapshot(2, {"users"}, {}, 0);
    known.apply(vanished, time_point{1s});
    CHECK(known.apply(make_snapshot(1, {"orders"}, {"users/1"}), time_point{2s}));
    CHECK_EQ(known.services().size(), 1);
    for (auto now = 3s; now < 40s; now += 2s) {
        CHECK_FALSE(known.apply(vanished, time_point{now}));
        if (now < 6s)
            CHECK_FALSE(known.apply(make_snapshot(1, {"orders"}, {"users/1"}), time_point{now}));
    }
    CHECK(known.apply(make_snapshot(2, {"users"}), time_point{40s}));
}

TEST_CASE("what was withdrawn is forgotten when no broker has spoken of it for ten seconds") {
    known_services known;
    std::vector<std::string> names;
    for (int i = 0; i < 500; ++i) {
        const auto name = "flood" + std::to_string(i);
        names.push_back(name);
        const time_point now{i * 1ms};
        known.apply(make_snapshot(1, {name}), now);
        CHECK(known.apply(make_snapshot(1, {}, {name + "/1"}), now));
    }
    const auto listed = make_snapshot(2, names, {}, 0);
    CHECK_FALSE(known.apply(listed, time_point{1s})); // still withdrawn, each of them
    CHECK_FALSE(known.apply(make_snapshot(1, {}), time_point{11s}));
    CHECK_FALSE(known.apply(listed, time_point{11s})); // it was last listed at 1 s
    known.apply(make_snapshot(1, {}), time_point{21'001ms});
    CHECK(known.apply(listed, time_point{21'002ms})); // nothing is left that says otherwise
    CHECK_EQ(known.services().size(), names.size());
}

TEST_CASE("brokers that describe a service differently do not make its routes flap") {
    known_services known;
    auto first = make_snapshot(1, {"users"});
    auto second = make_snapshot(2, {"users"});
    second.services[0].description.operations.push_back(make_operation("new", "PUT", "/users"));
    known.apply(first, time_point{});
    for (auto now = 1s; now < 8s; now += 2s) {
        CHECK_FALSE(known.apply(second, time_point{now}));
        CHECK_FALSE(known.apply(first, time_point{now}));
    }
    CHECK_EQ(known.services()[0].operations.size(), 1);
    // A call may come to either broker: what is new is shown once both have it.
    first.services[0].description = second.services[0].description;
    CHECK(known.apply(first, time_point{8s}));
    CHECK_EQ(known.services()[0].operations.size(), 2);
    second.services[0].description.operations[0].summary = "another word";
    CHECK_FALSE(known.apply(second, time_point{9s}));
}

TEST_CASE("a changed description replaces the old one in its place") {
    known_services known;
    known.apply(make_snapshot(1, {"users", "orders"}), time_point{});
    auto changed = make_snapshot(1, {"users", "orders"});
    changed.services[0].description.operations.push_back(make_operation("new", "PUT", "/users"));
    CHECK(known.apply(changed, time_point{1s}));
    CHECK_EQ(known.services()[0].operations.size(), 2);
}

TEST_CASE("one settled registry settles it for good") {
    known_services known;
    known.apply(make_snapshot(1, {}), time_point{});
    CHECK_FALSE(known.settled());
    auto settled = make_snapshot(1, {});
    settled.settled = true;
    known.apply(settled, time_point{});
    known.apply(make_snapshot(2, {}), time_point{});
    CHECK(known.settled());
}

TEST_CASE("of two versions the lower comes first, and the higher is left when it is withdrawn") {
    known_services known;
    auto both = make_snapshot(1, {"users", "orders", "users"});
    both.services[0].description.version = 2;
    known.apply(both, time_point{});
    REQUIRE_EQ(known.services().size(), 3);
    CHECK_EQ(known.services()[0].key(), "users/1");
    CHECK_EQ(known.services()[1].key(), "users/2");
    both.services.pop_back();
    both.withdrawn = {"users/1"};
    CHECK(known.apply(both, time_point{1s}));
    REQUIRE_EQ(known.services().size(), 2);
    CHECK_EQ(known.services()[0].key(), "users/2");
}

} // namespace postbus::gateway
