// tests/integration/old_data holds the data folders of earlier versions, as they were on the day of
// their name. Each must open; add one whenever a migration or a table of the kit is new.

#include "tests/integration/shop.hpp"
#include "tests/integration/sqlite.hpp"
#include "tests/source_dir.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

namespace {

void take_over(shop& s, const std::string& folder) {
    std::filesystem::copy(std::filesystem::path{POSTBUS_SOURCE_DIR} / "tests/integration/old_data" /
                              folder,
                          s.data(), std::filesystem::copy_options::recursive);
}

} // namespace

TEST_CASE("data of 2026-11-22, all of it still in the logs of killed workers, opens") {
    shop s;
    take_over(s, "2026-11-22-killed");
    s.start();
    CHECK_EQ(s.get("/users").body,
             R"([{"id":1,"name":"Alice"},{"id":2,"name":"Robert"},{"id":3,"name":"Carol"}])");
    const auto order = parse_json(s.get("/orders/2").body);
    CHECK_EQ(order.at("user").as_int64(), 3);
    REQUIRE_EQ(order.at("items").as_array().size(), 2);
    CHECK(order.at("items").as_array()[0].at("product").as_string() == "Book");
    CHECK_EQ(order.at("items").as_array()[0].at("quantity").as_int64(), 2);
    CHECK_EQ(s.get("/orders/3").status, 200);
    // The fourth user was removed.
    CHECK_EQ(s.post("/users", R"({"name":"Eve"})").body, R"({"id":5,"name":"Eve"})");
    CHECK_EQ(s.post("/orders", R"({"user":5,"product":"Book"})").status, 201);
    CHECK(s.stop_everything());
    CHECK_EQ(integrity(s.data() / "users.db"), "ok");
    CHECK_EQ(integrity(s.data() / "orders.db"), "ok");
}

TEST_CASE("data of 2026-11-23, from before idempotency keys, opens and takes them") {
    shop s;
    take_over(s, "2026-11-23-killed");
    s.start();
    CHECK_EQ(s.get("/users/3").body, R"({"id":3,"name":"Carol"})");
    CHECK(parse_json(s.get("/orders/2").body).at("status").as_string() == "confirmed");
    CHECK(parse_json(s.get("/orders/3").body).at("status").as_string() == "rejected");
    for (int i = 0; i < 2; ++i) {
        const auto placed = s.call("POST", "/orders", R"({"user":3,"product":"Book"})",
                                   {{"Idempotency-Key", "\"k\""}});
        CHECK_EQ(placed.status, 201);
        CHECK_EQ(placed.field("location"), "/orders/4");
    }
    CHECK(s.stop_everything());
    CHECK_EQ(integrity(s.data() / "orders.db"), "ok");
}

TEST_CASE("data of 2026-11-23, from before changed sources were noted, opens and reads on") {
    shop s;
    take_over(s, "2026-11-23-keys-killed");
    s.start();
    const auto placed =
        s.call("POST", "/orders", R"({"user":3,"product":"Book"})", {{"Idempotency-Key", "\"k\""}});
    CHECK_EQ(placed.field("location"), "/orders/2");
    CHECK_EQ(s.post("/users", R"({"name":"Eve"})").body, R"({"id":4,"name":"Eve"})");
    CHECK(eventually(10'000ms, [&] {
        const auto said = s.postbus({"events", "sources", "orders"}).out;
        return said.find("orders reads users: up to event 5 of") != std::string::npos;
    }));
    CHECK(s.stop_everything());
    CHECK_EQ(integrity(s.data() / "orders.db"), "ok");
}

} // namespace postbus::tests
