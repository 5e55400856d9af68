#include "tests/integration/books.hpp"
#include "tests/integration/sqlite.hpp"

#include <doctest/doctest.h>

#include <map>

namespace postbus::tests {

namespace {

std::int64_t place(shop& s, const std::string& items, std::int64_t user = 1) {
    const auto answer =
        s.post("/orders", R"({"user":)" + std::to_string(user) + R"(,"items":[)" + items + "]}");
    REQUIRE_MESSAGE(answer.status == 201, answer.body);
    return parse_json(answer.body).at("id").as_int64();
}

bool becomes(shop& s, std::int64_t order, const std::string& status,
             milliseconds limit = 10'000ms) {
    const bool done = eventually(limit, [&] { return status_of(s, order) == status; });
    if (!done) FAIL_CHECK(s.get("/orders/" + std::to_string(order)).body);
    return done;
}

std::string reason_of(shop& s, std::int64_t order) {
    const auto body = parse_json(s.get("/orders/" + std::to_string(order)).body);
    return std::string{std::string_view{body.at("reason").as_string()}};
}

boost::json::object product(shop& s, const std::string& id) {
    return parse_json(s.get("/products/" + id).body).as_object();
}

} // namespace

TEST_CASE("an order is reserved, paid, sold and confirmed by itself, the sample order too") {
    shop s{either_engine()};
    s.start_up();
    CHECK(becomes(s, 1, "confirmed"));
    const auto order =
        place(s, R"({"product":"Book","quantity":2},{"product":"Lamp","quantity":1})");
    CHECK(becomes(s, order, "confirmed"));
    CHECK_NE(s.get("/orders/" + std::to_string(order))
                 .body.find(R"("total":{"amount":6990,"currency":"EUR"})"),
             std::string::npos);
    CHECK_EQ(product(s, "Lamp").at("sold").as_int64(), 1);
    CHECK_EQ(product(s, "Lamp").at("available").as_int64(), 11);
    CHECK_EQ(s.get("/payments?order=" + std::to_string(order)).body,
             R"([{"id":2,"order":)" + std::to_string(order) +
                 R"(,"amount":6990,"currency":"EUR","status":"captured"}])");
    CHECK(settled(s));
}

TEST_CASE("what cannot be had is rejected with the reason, and nothing is taken") {
    shop s;
    s.start_up();
    const auto beyond =
        place(s, R"({"product":"Book","quantity":1},{"product":"Chair","quantity":6})");
    const auto nothing = place(s, R"({"product":"Unicorn","quantity":1})");
    const auto dear = place(s, R"({"product":"Book","quantity":700})");
    const auto stranger = place(s, R"({"product":"Book","quantity":1})", 77);
    CHECK(becomes(s, beyond, "rejected"));
    CHECK_EQ(reason_of(s, beyond), "there are not 6 of 'Chair' left");
    CHECK(becomes(s, nothing, "rejected"));
    CHECK_EQ(reason_of(s, nothing), "there is no product 'Unicorn'");
    CHECK(becomes(s, dear, "rejected"));
    CHECK_EQ(reason_of(s, dear), "the card was declined");
    CHECK(becomes(s, stranger, "rejected"));
    CHECK_EQ(reason_of(s, stranger), "its user is not known");
    s.call("POST", "/products",
           R"({"id":"Dollar","name":"Paid in dollars",)"
           R"("price":{"amount":100,"currency":"USD"},"available":5})");
    const auto mixed =
        place(s, R"({"product":"Book","quantity":1},{"product":"Dollar","quantity":1})");
    CHECK(becomes(s, mixed, "rejected"));
    CHECK_EQ(product(s, "Chair").at("available").as_int64(), 5);
    CHECK_EQ(product(s, "Dollar").at("available").as_int64(), 5);
    CHECK_EQ(product(s, "Book").at("reserved").as_int64(), 0);
    CHECK(settled(s));
    // The request's own faults are refused at once.
    CHECK_EQ(s.post("/orders", R"({"user":1,"items":[{"product":"Book","quantity":0}]})").status,
             422);
    CHECK_EQ(s.post("/orders", R"({"user":1,"items":[]})").status, 422);
}

TEST_CASE("a user who has only just come may order") {
    shop s;
    s.start_up();
    for (int i = 0; i < 20; ++i) {
        const auto user =
            parse_json(s.post("/users", R"({"name":"New"})").body).at("id").as_int64();
        CHECK(becomes(s, place(s, R"({"product":"Book","quantity":1})", user), "confirmed"));
    }
}

TEST_CASE("an order is cancelled whatever is under way: stock and money go back") {
    shop s{either_engine()};
    s.start_up({"--scale", "orders=2", "--scale", "catalog=2"});
    REQUIRE(becomes(s, 1, "confirmed"));
    std::vector<std::int64_t> orders;
    for (int i = 0; i < 60; ++i) {
        orders.push_back(place(s, R"({"product":"Pen","quantity":1})"));
        std::this_thread::sleep_for(milliseconds{i % 20}); // at every step of its way
        const auto path = "/orders/" + std::to_string(orders.back()) + "/cancel";
        const auto answer = s.post(path, "");
        REQUIRE_MESSAGE((answer.status == 200 || answer.status == 409), answer.body);
        CHECK_EQ(s.post(path, "").status, 409);
    }
    CHECK(settled(s));
    for (const auto order : orders) CHECK_NE(status_of(s, order), "confirmed");
    CHECK_EQ(product(s, "Pen").at("available").as_int64(), 40);
    const auto paid = s.get("/payments?limit=100").body;
    CHECK_EQ(paid.find(R"("status":"authorised")"), std::string::npos);
    CHECK_EQ(s.post("/orders/9999/cancel", "").status, 404);
}

TEST_CASE("money that cannot be given back is shown, and repaired by a command") {
    shop s{either_engine()};
    s.start_up();
    s.call("POST", "/products",
           R"({"id":"Odd","name":"Refunds fail once",)"
           R"("price":{"amount":117,"currency":"EUR"},"available":5})");
    const auto order = place(s, R"({"product":"Odd","quantity":1})");
    REQUIRE(becomes(s, order, "confirmed"));
    CHECK_EQ(s.post("/orders/" + std::to_string(order) + "/cancel", "").status, 200);
    CHECK(becomes(s, order, "compensation_failed"));
    const auto repair =
        s.postbus({"call", "payments.retry_refund", R"({"order":)" + std::to_string(order) + '}'});
    CHECK_EQ(repair.code, 0);
    CHECK_NE(repair.out.find(R"("status":"refunded")"), std::string::npos);
    CHECK(becomes(s, order, "cancelled"));
    CHECK(settled(s));
}

TEST_CASE("four hundred orders of every kind all come to their end, and the books agree") {
    struct kind {
        std::int64_t user;
        std::string product;
        int quantity;
        int confirmed; // of fifty; the others are rejected
    };
    const std::vector<kind> kinds{
        {1, "Book", 1, 50}, {2, "Book", 2, 50},   {1, "Book", 700, 0}, // the card declines
        {1, "Chair", 2, 2}, {2, "Lamp", 3, 4},    {1, "Pen", 1, 40},   // as many as there are
        {77, "Book", 1, 0}, {2, "Unicorn", 1, 0},                      // there is none
    };
    shop s{either_engine()};
    s.start_up();
    std::vector<std::pair<std::int64_t, std::size_t>> orders;
    for (std::size_t i = 0; i < 400; ++i) {
        const auto& [user, product, quantity, confirmed] = kinds[i % kinds.size()];
        const auto items = R"({"product":")" + product + R"(","quantity":)";
        orders.emplace_back(place(s, items + std::to_string(quantity) + '}', user),
                            i % kinds.size());
    }
    CHECK(settled(s, 60'000ms));
    std::vector<std::map<std::string, int>> ended(kinds.size());
    for (const auto& [order, of] : orders) ++ended[of][status_of(s, order)];
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        CAPTURE(kinds[i].product);
        CHECK_EQ(ended[i]["confirmed"], kinds[i].confirmed);
        CHECK_EQ(ended[i]["rejected"], 50 - kinds[i].confirmed);
    }
    for (const auto* id : {"Book", "Chair", "Lamp", "Pen"})
        CHECK_EQ(product(s, id).at("reserved").as_int64(), 0);
    CHECK_EQ(product(s, "Chair").at("available").as_int64(), 1);
    CHECK_EQ(product(s, "Pen").at("sold").as_int64(), 40);
}

TEST_CASE("the audit names each rule that is broken behind the services' backs") {
    shop s;
    s.start_up();
    const auto order = place(s, R"({"product":"Book","quantity":2})");
    REQUIRE(becomes(s, order, "confirmed"));
    REQUIRE(settled(s));
    const auto id = std::to_string(order);
    struct damage {
        std::string database;
        std::string harm;
        std::string repair;
        std::string named;
    };
    const std::vector<damage> all{
        {"catalog.db", "UPDATE products SET available = available + 1 WHERE id = 'Book'",
         "UPDATE products SET available = available - 1 WHERE id = 'Book'",
         "available + reserved + sold is what was put in"},
        {"catalog.db",
         "UPDATE products SET available = available - 1, reserved = reserved + 1 WHERE id = 'Book'",
         "UPDATE products SET available = available + 1, reserved = reserved - 1 WHERE id = 'Book'",
         "reserved is what reservations hold"},
        {"catalog.db", "UPDATE reservations SET state = 'released' WHERE order_id = " + id,
         "UPDATE reservations SET state = 'sold' WHERE order_id = " + id,
         "a confirmed order's stock is sold"},
        {"payments.db", "UPDATE payments SET status = 'voided' WHERE order_id = " + id,
         "UPDATE payments SET status = 'captured' WHERE order_id = " + id,
         "a confirmed order has one capture"},
        {"payments.db", "UPDATE payments SET amount = amount + 1 WHERE order_id = " + id,
         "UPDATE payments SET amount = amount - 1 WHERE order_id = " + id,
         "a confirmed order's capture is its total"},
        {"orders.db", "UPDATE orders SET status = 'rejected' WHERE id = " + id,
         "UPDATE orders SET status = 'confirmed' WHERE id = " + id,
         "a capture has an order that is paid for"},
        {"orders.db", "UPDATE orders SET status = 'paid' WHERE id = " + id,
         "UPDATE orders SET status = 'confirmed' WHERE id = " + id, "nothing is in progress"},
        {"orders.db", "UPDATE orders SET amount = NULL WHERE id = " + id,
         "UPDATE orders SET amount = 3000 WHERE id = " + id, "a reserved order has a total"},
        {"orders.db",
         "UPDATE order_items SET order_id = 1, position = 9, product = 'x' WHERE "
         "order_id = " +
             id,
         "UPDATE order_items SET order_id = " + id +
             ", position = 1, product = 'Book' WHERE "
             "position = 9",
         "an order has items"},
    };
    for (const auto& one : all) {
        execute(s.data() / one.database, one.harm);
        const auto said = s.postbus({"audit", "--settled"});
        CHECK_EQ(said.code, 1);
        CAPTURE(said.out);
        CHECK_MESSAGE(said.out.find(one.named) != std::string::npos, one.named);
        execute(s.data() / one.database, one.repair);
        CHECK_EQ(s.postbus({"audit", "--settled"}).code, 0);
    }
}

} // namespace postbus::tests
