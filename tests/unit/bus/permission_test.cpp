#include "bus/permission.hpp"

#include "bus/messages.hpp"
#include "schemas/codec.hpp"
#include "tests/unit/bus/router_scene.hpp"

#include <doctest/doctest.h>

namespace postbus::bus::tests {

namespace {

key_rights rights_of(const std::string& name) {
    return {.name = name, .serves = {}, .calls = {}, .publishes = {}};
}

std::string objection_to_call(const key_rights& who, const call_meta& call,
                              const std::string& service) {
    const auto meta = schemas::encode(call);
    return objection(who, {.head = {.kind = kind::request, .service = service},
                           .meta = meta,
                           .body = {},
                           .detached = {}});
}

std::string objection_to_call(const key_rights& who, const std::string& operation) {
    return objection_to_call(who, {.operation = operation},
                             operation.substr(0, operation.find('.')) + "/1");
}

} // namespace

TEST_CASE("a key calls what its patterns say, and nothing else") {
    auto who = rights_of("gateway");
    CHECK_EQ(objection_to_call(who, "orders.create"), "may not call 'orders.create'");
    who.calls = name_patterns{{"orders.*", "users.list"}};
    CHECK_EQ(objection_to_call(who, "orders.create"), "");
    CHECK_EQ(objection_to_call(who, "users.list"), "");
    CHECK_EQ(objection_to_call(who, "users.create"), "may not call 'users.create'");
}

TEST_CASE("a permitted operation's name opens no other service") {
    auto who = rights_of("gateway");
    who.calls = name_patterns{{"orders.*"}};
    CHECK_EQ(objection_to_call(who, {.operation = "orders.create"}, "users/1"),
             "called 'orders.create' of another service, 'users'");
    CHECK_EQ(objection_to_call(who, {.operation = "orders.create"}, "order/1"),
             "called 'orders.create' of another service, 'order'");
    CHECK_EQ(objection(who, {.head = {.kind = kind::request, .service = "orders/1"},
                             .meta = "xx",
                             .body = {},
                             .detached = {}}),
             "sent a call that names no operation");
}

TEST_CASE("the broker's own operations are for those who operate") {
    auto who = rights_of("gateway");
    who.calls = name_patterns{{"*"}};
    who.publishes = name_patterns{{"*"}};
    CHECK_EQ(objection_to_call(who, "broker.status"), "may not call operations of the broker");
    who.operates = true;
    CHECK_EQ(objection_to_call(who, "broker.status"), "");
}

TEST_CASE("publishing is by topic, wherever the topic stands, and not by operation") {
    auto who = rights_of("door");
    who.calls = name_patterns{{"*"}};
    const auto publish = [&](std::vector<field> path, std::vector<field> query) {
        return objection_to_call(
            who,
            {.operation = "journal.publish", .path = std::move(path), .query = std::move(query)},
            "journal/1");
    };
    CHECK_EQ(publish({{"topic", "door.opened"}}, {}), "may not publish 'door.opened'");
    who.publishes = name_patterns{{"door.*"}};
    CHECK_EQ(publish({{"topic", "door.opened"}}, {}), "");
    CHECK_EQ(publish({}, {{"topic", "door.opened"}}), "");
    CHECK_EQ(publish({{"topic", "door.opened"}}, {{"topic", "window.opened"}}),
             "may not publish 'window.opened'");
    CHECK_EQ(publish({}, {}), "may not publish without naming the topic as a parameter");
    who.publishes = name_patterns{{"*"}};
    CHECK_EQ(publish({}, {}), ""); // the journal says what is wrong
}

TEST_CASE("a key is a worker of the services that it may serve") {
    auto who = rights_of("users");
    const auto meta = schemas::encode(make_ready("i", "users"));
    const record said{.head = {.kind = kind::ready}, .meta = meta, .body = {}, .detached = {}};
    CHECK_EQ(objection(who, said), "may not be a worker of 'users'");
    who.serves = name_patterns{{"users"}};
    CHECK_EQ(objection(who, said), "");
}

TEST_CASE("what a refused peer wrote goes into the log as plain text") {
    const auto who = rights_of("gateway");
    const std::string operation = "orders.\n\x1b[2J" + std::string(1000, 'x');
    const auto why = objection_to_call(who, operation);
    CHECK_EQ(why.find('\n'), why.npos);
    CHECK_EQ(why.find('\x1b'), why.npos);
    CHECK_LT(why.size(), 200);
}

} // namespace postbus::bus::tests
