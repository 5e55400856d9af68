#include "tests/integration/shop.hpp"

#include <doctest/doctest.h>

#include <set>
#include <thread>

namespace postbus::tests {

namespace {

constexpr std::string_view book = R"({"user":1,"product":"Book"})";

http_fields with_key(const std::string& key) {
    return {{"Idempotency-Key", '"' + key + '"'}};
}

std::size_t orders(shop& s) {
    return parse_json(s.get("/orders?limit=100").body).as_array().size();
}

} // namespace

TEST_CASE("a request repeated with its key gets the same answer, and has its effect once") {
    shop s{either_engine()};
    s.start();
    const auto first = s.call("POST", "/orders", book, with_key("one"));
    CHECK_EQ(first.status, 201);
    const auto again = s.call("POST", "/orders", book, with_key("one"));
    CHECK_EQ(again.status, 201);
    CHECK_EQ(again.body, first.body);
    CHECK_EQ(again.field("location"), first.field("location"));
    CHECK_EQ(orders(s), 2);

    const auto other = s.call("POST", "/orders", R"({"user":2,"product":"Book"})", with_key("one"));
    CHECK_EQ(other.status, 422);
    CHECK_EQ(other.field("content-type"), "application/problem+json");
    CHECK(parse_json(other.body).at("errors").at(0).at("field").as_string() == "idempotency-key");
    CHECK_EQ(s.call("POST", "/users", R"({"name":"Carol"})", with_key("one")).status, 201);
    CHECK_EQ(s.call("POST", "/orders", book, with_key("two")).field("location"), "/orders/3");
    CHECK_EQ(orders(s), 3);

    // A body that is refused by itself leaves its key free.
    CHECK_EQ(s.call("POST", "/orders", R"({"user":0,"product":"Book"})", with_key("x")).status,
             422);
    CHECK_EQ(s.call("POST", "/orders", book, with_key("x")).status, 201);
}

TEST_CASE("a malformed key is refused by its name, and ignored where nothing is written") {
    shop s;
    s.start();
    for (const auto* value : {"bare", "\"\"", "\"open", "\"a\", \"b\""}) {
        const auto answer = s.call("POST", "/orders", book, {{"Idempotency-Key", value}});
        CHECK_EQ(answer.status, 400);
        CHECK(parse_json(answer.body).at("errors").at(0).at("field").as_string() ==
              "idempotency-key");
        CHECK_EQ(s.call("GET", "/orders", "", {{"Idempotency-Key", value}}).status, 200);
    }
    CHECK_EQ(s.call("POST", "/orders", book,
                    {{"Idempotency-Key", "\"a\""}, {"Idempotency-Key", "\"a\""}})
                 .status,
             400);
    CHECK_EQ(orders(s), 1);
}

TEST_CASE("a request that is sent eight times at once with its key, to two workers, runs once") {
    shop s{either_engine()};
    s.start();
    s.start_worker("orders");
    REQUIRE(eventually(10'000ms, [&] { return s.workers("orders").size() == 2; }));
    for (int round = 0; round < 10; ++round) {
        const auto key = "round " + std::to_string(round);
        std::vector<http_response> answers(8);
        {
            std::vector<std::jthread> clients;
            for (auto& answer : answers)
                clients.emplace_back([&] {
                    if (auto got = http_call(s.http_port(), "POST", "/orders", book, with_key(key)))
                        answer = *got;
                });
        }
        for (const auto& answer : answers) {
            CHECK_EQ(answer.status, 201);
            CHECK_EQ(answer.body, answers[0].body);
            CHECK_EQ(answer.field("location"), "/orders/" + std::to_string(round + 2));
        }
        CHECK_EQ(orders(s), static_cast<std::size_t>(round + 2));
    }
}

TEST_CASE("a key outlives the worker that was killed after it") {
    shop s{either_engine()};
    s.start();
    const auto first = s.call("POST", "/orders", book, with_key("k"));
    REQUIRE_EQ(first.status, 201);
    s.worker("orders").kill();
    s.start_worker("orders");
    const auto again = s.call("POST", "/orders", book, with_key("k"));
    CHECK_EQ(again.status, 201);
    CHECK_EQ(again.body, first.body);
    CHECK_EQ(orders(s), 2);
}

TEST_CASE("a client that repeats with its key while workers are killed places each order once") {
    shop s{either_engine()};
    s.start();
    std::set<std::string> places;
    for (int i = 0; i < 10; ++i) {
        std::jthread client{[&, i] {
            eventually(15'000ms, [&] {
                const auto got = http_call(s.http_port(), "POST", "/orders", book,
                                           with_key("order " + std::to_string(i)));
                if (!got || got->status != 201) return false;
                places.insert(got->field("location"));
                return true;
            });
        }};
        s.worker("orders").kill();
        s.start_worker("orders");
        client.join();
    }
    CHECK_EQ(places.size(), 10);
    CHECK_EQ(orders(s), 11);
    s.check_sound("orders");
}

} // namespace postbus::tests
