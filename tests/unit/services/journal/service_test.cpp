#include "services/journal/service.hpp"

#include "tests/unit/services/kit/service_room.hpp"

#include <doctest/doctest.h>

namespace postbus::journal {

namespace {

const std::vector<bus::field> door{{"topic", "door.opened"}};

} // namespace

TEST_CASE("what is published is in the log byte for byte, and its id names it") {
    tests::service_room room{service()};
    const std::string data = "{ \"a\": 1.50,\n\"b\":\"\\u00e9\" }";
    const auto done = room.run("journal.publish", data, door, {{"key", "7"}});
    CHECK_EQ(done.status, 201);
    CHECK_EQ(room.run("journal.publish", "null", door, {{"version", "2"}}).status, 201);
    const auto log = room.events();
    REQUIRE_EQ(log.events.size(), 2);
    CHECK_EQ(done.body, R"({"id":")" + log.database + R"(-1"})");
    CHECK_EQ(log.events[0].topic, "door.opened");
    CHECK_EQ(log.events[0].key, "7");
    CHECK_EQ(log.events[0].schema, "door.opened/1");
    CHECK_EQ(log.events[0].data, data);
    CHECK_EQ(log.events[1].schema, "door.opened/2");
    CHECK_EQ(log.events[1].data, "null");
}

TEST_CASE("what cannot be published is refused, naming the field, and leaves nothing in the log") {
    tests::service_room room{service()};
    const auto topic = room.run("journal.publish", "{}", {{"topic", "orders.placed"}});
    CHECK_EQ(topic.status, 422);
    CHECK_MESSAGE(topic.body.find(R"("field":"topic")") != std::string::npos, topic.body);
    std::string key;
    for (int i = 0; i < 101; ++i) key += "\xC3\xA9"; // 101 characters, 202 bytes
    CHECK_EQ(room.run("journal.publish", "{}", door, {{"key", key}}).status, 422);
    CHECK_EQ(room.run("journal.publish", '"' + std::string(1 << 20, 'x') + '"', door).status, 413);
    CHECK_EQ(room.events().head, 0);
}

} // namespace postbus::journal
