#include "services/users/service.hpp"

#include "tests/unit/services/kit/service_room.hpp"

#include <doctest/doctest.h>

namespace postbus::users {

TEST_CASE("a fresh shop has Alice and Bob") {
    tests::service_room shop{users::service()};
    const auto reply = shop.run("users.list");
    CHECK_EQ(reply.status, 200);
    CHECK_EQ(reply.body, R"([{"id":1,"name":"Alice"},{"id":2,"name":"Bob"}])");
    CHECK(reply.fields.empty());
}

TEST_CASE("a user can be added, shown, renamed and removed, and its id is not given again") {
    tests::service_room shop{users::service()};
    const auto added = shop.run("users.create", R"({"name":"Carol"})");
    CHECK_EQ(added.status, 201);
    CHECK_EQ(added.body, R"({"id":3,"name":"Carol"})");
    CHECK_EQ(added.fields, std::vector<bus::field>{{"location", "/users/3"}});
    CHECK_EQ(shop.run("users.get", R"({"id":3})").body, R"({"id":3,"name":"Carol"})");
    const auto renamed = shop.run("users.update", R"({"id":3,"name":"Caro"})");
    CHECK_EQ(renamed.body, R"({"id":3,"name":"Caro"})");
    const auto removed = shop.run("users.delete", R"({"id":3})");
    CHECK_EQ(removed.status, 204);
    CHECK_EQ(removed.body, "");
    CHECK_EQ(shop.run("users.delete", R"({"id":3})").status, 404);
    CHECK_EQ(shop.run("users.update", R"({"id":3,"name":"x"})").status, 404);
    CHECK_EQ(shop.run("users.get", R"({"id":3})").status, 404);
    CHECK_EQ(shop.run("users.create", R"({"name":"Dora"})").body, R"({"id":4,"name":"Dora"})");
}

} // namespace postbus::users
