#include "tests/integration/refused_request.hpp"
#include "tests/integration/shop.hpp"
#include "tests/integration/sqlite.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

namespace {

const refused_request requests[] = {
    {"a payment that is not there", "GET", "/payments/1", "", 404, ""},
    {"id 0", "GET", "/payments/0", "", 404, ""},
    {"an id that is no number", "GET", "/payments/one", "", 404, ""},
    {"an order below 1", "GET", "/payments?order=0", "", 422, "order"},
    {"an order that is no number", "GET", "/payments?order=one", "", 422, "order"},
    {"a limit of 0", "GET", "/payments?limit=0", "", 422, "limit"},
    {"a limit over the most", "GET", "/payments?limit=101", "", 422, "limit"},
    {"an after below 0", "GET", "/payments?after=-1", "", 422, "after"},
    {"an unknown parameter", "GET", "/payments?status=captured", "", 422, "status"},
    {"a payment by request", "POST", "/payments", R"({"order":1,"amount":1500,"currency":"EUR"})",
     405, ""},
    {"a change of a payment", "PATCH", "/payments/1", R"({"status":"captured"})", 405, ""},
};

/// Broker, gateway and a worker of the payments.
void start_payments(shop& s) {
    s.start_broker();
    s.start_worker("payments");
    s.start_gateway();
    REQUIRE(s.wait_served({"/payments"}));
}

} // namespace

TEST_CASE("a fresh shop has no payments, and no request makes one") {
    shop s;
    start_payments(s);
    CHECK_EQ(s.get("/payments").body, "[]");
    CHECK_EQ(s.get("/payments?order=1&limit=5&after=0").body, "[]");
    for (const auto& bad : requests)
        check_problem(s.call(bad.method, bad.path, bad.body, bad.fields), bad);
    CHECK_EQ(s.call("POST", "/payments", "{}").field("allow"), "GET, HEAD, OPTIONS");
    CHECK_EQ(s.get("/payments").body, "[]");
}

TEST_CASE("payments are shown word for word, by order, and in pages") {
    shop s;
    start_payments(s);
    execute(s.data() / "payments.db",
            "INSERT INTO payments (id, order_id, amount, currency, status) VALUES "
            "(501, 900, 1500, 'EUR', 'captured'), (502, 800, 1000001, 'USD', 'declined'), "
            "(503, 700, 2517, 'EUR', 'refund_failed')");
    const std::string captured =
        R"({"id":501,"order":900,"amount":1500,"currency":"EUR","status":"captured"})";
    const std::string declined =
        R"({"id":502,"order":800,"amount":1000001,"currency":"USD","status":"declined"})";
    const auto one = s.get("/payments/501");
    CHECK_EQ(one.status, 200);
    CHECK_EQ(one.body, captured);
    CHECK_EQ(s.get("/payments?order=800").body, '[' + declined + ']');
    CHECK_EQ(s.get("/payments?order=801").body, "[]");
    const auto page = s.get("/payments?after=500&limit=2");
    CHECK_EQ(page.body, '[' + captured + ',' + declined + ']');
    CHECK_EQ(page.field("link"), R"(</payments?after=502&limit=2>; rel="next")");
    const auto last = s.get("/payments?after=502&limit=2");
    CHECK_EQ(parse_json(last.body).as_array().size(), 1);
    CHECK_EQ(last.field("link"), "");
}

} // namespace postbus::tests
