#include "tests/integration/shop.hpp"

#include <doctest/doctest.h>

#include <csignal>

namespace postbus::tests {

TEST_CASE("without users, orders still answer; users come back, and the gateway is not touched") {
    shop s;
    s.start();
    const auto gateway = s.gateway().pid();
    s.worker("users").kill();
    CHECK_EQ(s.get("/orders").status, 200);
    CHECK_EQ(s.post("/orders", R"({"user":1,"product":"Pen"})").status, 201);
    REQUIRE(eventually(2000ms, [&] { return s.workers("users").empty(); }));

    const auto refused = s.get("/users");
    CHECK_EQ(refused.status, 503);
    CHECK_NE(refused.field("retry-after"), "");
    CHECK_EQ(refused.field("content-type"), "application/problem+json");
    const auto problem = parse_json(refused.body);
    CHECK(problem.at("outcome").as_string() == "not-executed");

    s.start_worker("users");
    CHECK(s.wait_served({"/users"}));
    CHECK_EQ(s.gateway().pid(), gateway);
    CHECK(s.gateway().running());
}

TEST_CASE("a request that comes while the only worker restarts waits for it") {
    shop s;
    s.start();
    s.worker("users").kill();
    http_connection connection{s.http_port()};
    connection.send_request("GET", "/users/1");
    s.start_worker("users");
    const auto answer = connection.receive();
    REQUIRE(answer);
    CHECK_EQ(answer->status, 200);
}

TEST_CASE("a service that the gateway has never heard of is served when its worker starts") {
    shop s;
    s.start();
    CHECK(eventually(5000ms, [&] { return s.get("/notes").status == 404; }));
    s.start_program("probe-service", {"--bus", s.bus(), "--data", s.data().string()});
    CHECK(s.wait_served({"/notes"}));
    CHECK_EQ(s.post("/notes", R"({"text":"hello"})").status, 201);
    CHECK_EQ(s.get("/notes").body, R"([{"id":1,"text":"hello"}])");
}

TEST_CASE("the routes of a service whose worker crashed stay, those of one that left go") {
    shop s;
    s.start();
    s.worker("users").kill();
    CHECK_EQ(s.get("/users").status, 503);
    CHECK_EQ(s.get("/users").status, 503);
    CHECK(s.worker("orders").stop() == 0);
    CHECK(eventually(10'000ms, [&] { return s.get("/orders").status == 404; }));
    CHECK_EQ(s.get("/users").status, 503);
}

TEST_CASE("the gateway says whether it is ready, and lives all the same") {
    shop s;
    s.start_gateway();
    REQUIRE(
        eventually(5000ms, [&] { return http_call(s.http_port(), "GET", "/livez").has_value(); }));
    CHECK_EQ(s.get("/livez").status, 200);
    CHECK_EQ(s.get("/readyz").status, 503);
    const auto early = s.get("/users");
    CHECK_EQ(early.status, 503);
    CHECK(parse_json(early.body).at("outcome").as_string() == "not-executed");
    s.start_broker();
    s.start_worker("users");
    CHECK(s.wait_served({"/users", "/readyz"}));
}

TEST_CASE("workers and gateway may start before the broker") {
    shop s;
    s.start_gateway();
    auto& users = s.start_worker("users");
    REQUIRE(eventually(5000ms, [&] { return users.err().find("broker") != std::string::npos; }));
    CHECK_FALSE(std::filesystem::exists(s.data() / "users.db"));
    s.start_broker();
    CHECK(s.wait_served({"/users"}));
    CHECK(std::filesystem::exists(s.data() / "users.db"));
}

} // namespace postbus::tests
