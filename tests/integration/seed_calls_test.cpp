#include "tests/integration/shop.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

TEST_CASE("a fresh shop answers the first calls word for word, and keeps them over a restart") {
    shop s{either_engine()};
    s.start();
    const auto users = s.get("/users");
    CHECK_EQ(users.status, 200);
    CHECK_EQ(users.body, R"([{"id":1,"name":"Alice"},{"id":2,"name":"Bob"}])");
    CHECK_EQ(users.field("content-type"), "application/json");

    const auto carol = s.post("/users", R"({"name":"Carol"})");
    CHECK_EQ(carol.status, 201);
    CHECK_EQ(carol.body, R"({"id":3,"name":"Carol"})");
    CHECK_EQ(carol.field("location"), "/users/3");

    const auto orders = s.get("/orders");
    CHECK_EQ(orders.status, 200);
    const auto list = parse_json(orders.body).as_array();
    REQUIRE_EQ(list.size(), 1);
    CHECK_EQ(list[0].at("id").as_int64(), 1);
    CHECK_EQ(list[0].at("user").as_int64(), 1);
    CHECK(list[0].at("product").as_string() == "Book");

    const auto placed = s.post("/orders", R"({"user":1,"product":"Book"})");
    CHECK_EQ(placed.status, 201);
    CHECK_EQ(placed.field("location"), "/orders/2");
    const auto order = parse_json(placed.body);
    CHECK_EQ(order.at("id").as_int64(), 2);
    CHECK_EQ(order.at("user").as_int64(), 1);
    CHECK(order.at("product").as_string() == "Book");

    CHECK_EQ(s.get("/users/3").body, carol.body);
    CHECK_EQ(s.get("/orders/2").body, placed.body);

    CHECK(s.stop_everything());
    s.start();
    CHECK_EQ(s.get("/users").body,
             R"([{"id":1,"name":"Alice"},{"id":2,"name":"Bob"},{"id":3,"name":"Carol"}])");
    CHECK_EQ(s.get("/orders/2").body, placed.body);
}

TEST_CASE("users can be renamed and removed, and an id is never given twice") {
    shop s{either_engine()};
    s.start();
    CHECK_EQ(s.call("PATCH", "/users/2", R"({"name":"Rob"})").body, R"({"id":2,"name":"Rob"})");
    CHECK_EQ(s.get("/users/2").body, R"({"id":2,"name":"Rob"})");
    const auto carol = s.post("/users", R"({"name":"Carol"})");
    const auto removed = s.call("DELETE", "/users/3");
    CHECK_EQ(removed.status, 204);
    CHECK_EQ(removed.body, "");
    CHECK_EQ(s.get("/users/3").status, 404);
    CHECK_EQ(s.call("DELETE", "/users/3").status, 404);
    CHECK_EQ(s.post("/users", R"({"name":"Dave"})").body, R"({"id":4,"name":"Dave"})");
}

TEST_CASE("a long list comes in pages that link to the next") {
    shop s{either_engine()};
    s.start();
    for (int i = 0; i < 30; ++i) s.post("/users", R"({"name":"user"})");
    std::size_t seen = 0;
    int pages = 0;
    for (std::string path = "/users?limit=10"; !path.empty(); ++pages) {
        const auto page = s.get(path);
        REQUIRE_EQ(page.status, 200);
        seen += parse_json(page.body).as_array().size();
        const auto link = page.field("link");
        path.clear();
        if (link.empty()) continue;
        CHECK(link.find("rel=\"next\"") != std::string::npos);
        path = link.substr(1, link.find('>') - 1);
    }
    CHECK_EQ(seen, 32);
    CHECK_EQ(pages, 4);
    CHECK_EQ(parse_json(s.get("/users").body).as_array().size(), 20);
    CHECK_EQ(s.get("/orders?user=2").body, "[]");
    CHECK_EQ(parse_json(s.get("/orders?user=1").body).as_array().size(), 1);
}

TEST_CASE("an order holds several items or the short form of one") {
    shop s{either_engine()};
    s.start();
    const auto two = s.post(
        "/orders",
        R"({"user":2,"items":[{"product":"Book","quantity":2},{"product":"Pen","quantity":1}]})");
    CHECK_EQ(two.status, 201);
    const auto order = parse_json(two.body);
    CHECK_EQ(order.at("items").as_array().size(), 2);
    CHECK(order.as_object().if_contains("product") == nullptr);
    CHECK(order.at("status").as_string() == "pending");
}

TEST_CASE("one connection serves many requests, also when they are sent at once") {
    shop s{either_engine()};
    s.start();
    http_connection connection{s.http_port()};
    for (int i = 0; i < 20; ++i)
        connection.send_request("GET", i % 2 == 0 ? "/users/1" : "/users/2");
    for (int i = 0; i < 20; ++i) {
        const auto answer = connection.receive();
        REQUIRE(answer);
        CHECK_EQ(answer->body,
                 i % 2 == 0 ? R"({"id":1,"name":"Alice"})" : R"({"id":2,"name":"Bob"})");
    }
    connection.send_request("HEAD", "/users");
    const auto head = connection.receive(true);
    REQUIRE(head);
    CHECK_EQ(head->status, 200);
    CHECK_EQ(head->field("content-length"), "47");
    connection.send_request("GET", "/users/1");
    CHECK(connection.receive());
}

TEST_CASE("a large answer and a large request go through") {
    shop s{either_engine()};
    s.start();
    std::string items;
    for (int i = 0; i < 100; ++i)
        items += std::string{i == 0 ? "" : ","} + R"({"product":")" + std::string(60, 'p') +
                 std::to_string(i) + R"(","quantity":1})";
    // Beyond the size from which a body travels in a frame of its own.
    const auto body = R"({"user":1,"items":[)" + items + "]" + std::string(60'000, ' ') + "}";
    const auto placed = s.post("/orders", body);
    REQUIRE_EQ(placed.status, 201);
    for (int i = 0; i < 9; ++i) REQUIRE_EQ(s.post("/orders", body).status, 201);
    const auto list = s.get("/orders?limit=100");
    CHECK_GT(list.body.size(), 64 * 1024);
    CHECK_EQ(parse_json(list.body).as_array().size(), 11);
}

} // namespace postbus::tests
