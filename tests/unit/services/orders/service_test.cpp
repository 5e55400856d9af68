#include "services/orders/service.hpp"

#include "tests/unit/services/kit/service_room.hpp"

#include <doctest/doctest.h>

namespace postbus::orders {

TEST_CASE("a fresh shop has one order, of a book") {
    tests::service_room shop{orders::service()};
    CHECK_EQ(shop.run("orders.list").body,
             R"([{"id":1,"user":1,"items":[{"product":"Book","quantity":1}],)"
             R"("product":"Book","status":"pending"}])");
}

TEST_CASE("an order takes either form, and shows the short one when it fits") {
    tests::service_room shop{orders::service()};
    const auto book = shop.run("orders.create", R"({"user":1,"product":"Book"})");
    CHECK_EQ(book.status, 201);
    CHECK_EQ(book.body, R"({"id":2,"user":1,"items":[{"product":"Book","quantity":1}],)"
                        R"("product":"Book","status":"pending"})");
    CHECK_EQ(book.fields, std::vector<bus::field>{{"location", "/orders/2"}});
    const auto two = shop.run(
        "orders.create",
        R"({"user":2,"items":[{"product":"Pen","quantity":2},{"product":"Ink","quantity":1}]})");
    CHECK_EQ(two.body, R"({"id":3,"user":2,"items":[{"product":"Pen","quantity":2},)"
                       R"({"product":"Ink","quantity":1}],"status":"pending"})");
    CHECK_EQ(shop.run("orders.get", R"({"id":3})").body, two.body);
    CHECK_EQ(shop.run("orders.list", R"({"user":2})").body, '[' + two.body + ']');
    const auto page = shop.run("orders.list", R"({"after":1,"limit":1})");
    CHECK_EQ(page.body, '[' + book.body + ']');
    CHECK_EQ(page.fields,
             std::vector<bus::field>{{"link", R"(</orders?after=2&limit=1>; rel="next")"}});
    CHECK_EQ(shop.run("orders.get", R"({"id":99})").status, 404);
}

} // namespace postbus::orders
