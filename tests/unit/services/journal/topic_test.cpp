#include "services/journal/topic.hpp"

#include <doctest/doctest.h>

namespace postbus::journal {

TEST_CASE("a topic is lower-case words with dots between them") {
    for (const auto* good : {"door.opened", "a.b", "a-b.c_d.e-f", "door2.2nd", "user.created",
                             "ordersx.placed", "d.-._"})
        CHECK_EQ(objection_to_topic(good), "");
    for (const auto* bad : {"", "door", "door.", ".opened", "door..opened", "Door.opened",
                            "door.Opened", "2door.opened", "_door.opened", "door opened.x",
                            "door.op\xC3\xA9n", "door.opened\n", "door/opened.x"}) {
        CAPTURE(bad);
        CHECK_NE(objection_to_topic(bad), "");
    }
}

TEST_CASE("a topic has at most 100 characters") {
    CHECK_EQ(objection_to_topic("a." + std::string(98, 'b')), "");
    CHECK_NE(objection_to_topic("a." + std::string(99, 'b')), "");
}

TEST_CASE("nobody publishes in the name of another service") {
    for (const std::string owner : {"users", "orders", "catalog", "payments", "broker", "journal"})
        CHECK(objection_to_topic(owner + ".x").find('\'' + owner + '\'') != std::string::npos);
}

} // namespace postbus::journal
