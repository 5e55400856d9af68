#include "tests/integration/shop.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

namespace {

constexpr std::string_view book = R"({"user":1,"product":"Book"})";

http_response place(shop& s, std::string_view body, const std::string& prefer) {
    return s.call("POST", "/orders", body, {{"Prefer", prefer}});
}

std::string status_of(const http_response& answer) {
    return std::string{parse_json(answer.body).at("status").as_string()};
}

} // namespace

TEST_CASE("an order that is waited for comes back confirmed or rejected") {
    shop s;
    s.start_up();
    // One that is answered by a wake-up, not by the gateway's own look every 250 ms: of ten, the
    // fastest says so.
    milliseconds fastest{10'000};
    for (int i = 0; i < 10; ++i) {
        const auto begun = clock::now();
        const auto answer = place(s, book, "wait=5");
        fastest = std::min(fastest, std::chrono::duration_cast<milliseconds>(clock::now() - begun));
        CHECK_EQ(answer.status, 201);
        CHECK_EQ(answer.field("preference-applied"), "wait=5");
        CHECK_EQ(status_of(answer), "confirmed");
        CHECK_EQ(s.get(answer.field("location")).body, answer.body);
    }
    MESSAGE("the fastest took ", fastest.count(), " ms");
    const auto unknown = place(s, R"({"user":1,"product":"Unicorn"})", "wait=60");
    CHECK_EQ(unknown.status, 201);
    CHECK_EQ(unknown.field("preference-applied"), "wait=10");
    CHECK_EQ(status_of(unknown), "rejected");

    const auto hasty = s.post("/orders", book);
    CHECK_EQ(hasty.field("preference-applied"), "");
    CHECK_EQ(status_of(hasty), "pending");
    const auto malformed = place(s, book, "wait=soon");
    CHECK_EQ(malformed.status, 201);
    CHECK_EQ(malformed.field("preference-applied"), "");

    // A repeated request waits for the order it placed the first time.
    const http_fields keyed{{"Prefer", "wait=5"}, {"Idempotency-Key", "\"k\""}};
    const auto first = s.call("POST", "/orders", book, {keyed[1]});
    const auto again = s.call("POST", "/orders", book, keyed);
    CHECK_EQ(again.field("location"), first.field("location"));
    CHECK_EQ(status_of(again), "confirmed");
}

TEST_CASE("an order that gets nowhere is answered as it is when the wait is over") {
    shop s;
    s.start(); // no catalog
    const auto begun = clock::now();
    const auto answer = place(s, book, "wait=1");
    CHECK_GE(clock::now() - begun, 700ms); // the gateway's clock ticks four times a second
    CHECK_EQ(answer.status, 201);
    CHECK_EQ(answer.field("preference-applied"), "wait=1");
    CHECK_EQ(answer.field("location"), "/orders/2");
    CHECK_EQ(status_of(answer), "pending");
}

TEST_CASE("a drain answers those who wait") {
    shop s;
    s.start();
    http_connection client{s.http_port()};
    REQUIRE(client.send_request("POST", "/orders", book, {{"Prefer", "wait=10"}}));
    REQUIRE(eventually(10'000ms, [&] { return s.get("/orders/2").status == 200; }));
    const auto begun = clock::now();
    CHECK_EQ(s.gateway().stop(), 0);
    CHECK_LT(clock::now() - begun, scaled(4'000ms));
    const auto answer = client.receive();
    REQUIRE(answer);
    CHECK_EQ(answer->status, 201);
    CHECK_EQ(answer->field("preference-applied"), "");
}

TEST_CASE("waits over the limit are answered at once, and one that hangs up makes room") {
    shop s;
    s.start_broker();
    s.start_worker("users");
    s.start_worker("orders");
    s.start_program("postbus-gateway",
                    {"--bus", s.bus(), "--http", s.http(), "--max-waits", "1", "--threads", "1"});
    REQUIRE(s.wait_served({"/users", "/orders"}));
    {
        http_connection client{s.http_port()};
        REQUIRE(client.send_request("POST", "/orders", book, {{"Prefer", "wait=10"}}));
        REQUIRE(eventually(10'000ms, [&] { return s.get("/orders/2").status == 200; }));
        CHECK(eventually(
            5'000ms, [&] { return place(s, book, "wait=1").field("preference-applied").empty(); }));
    }
    CHECK(eventually(
        5'000ms, [&] { return place(s, book, "wait=1").field("preference-applied") == "wait=1"; }));
}

} // namespace postbus::tests
