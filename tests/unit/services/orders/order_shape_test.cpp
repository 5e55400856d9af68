#include "services/orders/order_shape.hpp"

#include "services/kit/binding.hpp"

#include <doctest/doctest.h>

namespace postbus::orders {

namespace {

using schemas::orders_v1::create_order;

/// The field that is at fault; empty: none is.
std::string fault_of(std::string_view body) {
    create_order order;
    const auto refused = kit::bind({}, body, order);
    if (!refused) return {};
    CHECK_EQ(refused->status, 422);
    const std::string_view start = R"("errors":[{"field":")";
    const auto at = refused->body.find(start);
    REQUIRE_NE(at, std::string::npos);
    const auto field = refused->body.substr(at + start.size());
    return field.substr(0, field.find('"'));
}

} // namespace

TEST_CASE("an order has items or a product, and no product twice") {
    CHECK_EQ(fault_of(R"({"user":1,"product":"Book"})"), "");
    CHECK_EQ(fault_of(R"({"user":1,"items":[{"product":"Pen","quantity":2}]})"), "");
    CHECK_EQ(fault_of(R"({"user":1})"), "items");
    CHECK_EQ(fault_of(R"({"user":1,"items":[]})"), "items");
    CHECK_EQ(fault_of(R"({"user":1,"product":"Book","items":[{"product":"Pen","quantity":1}]})"),
             "product");
    CHECK_EQ(fault_of(R"({"user":1,"items":[{"product":"Pen","quantity":1},)"
                      R"({"product":"Pen","quantity":2}]})"),
             "items[1].product");
    CHECK_EQ(fault_of(R"({"user":0,"product":"Book"})"), "user");
}

TEST_CASE("the short form means one of that product") {
    const auto items = items_of({.user = 1, .items = std::nullopt, .product = "Book"});
    REQUIRE_EQ(items.size(), 1);
    CHECK_EQ(items[0].product, "Book");
    CHECK_EQ(items[0].quantity, 1);
    const order_row row{1, 1, "pending", {}, {}, {}};
    CHECK_EQ(shape(row, items).product, "Book");
    CHECK_FALSE(shape(row, {{"Book", 2}}).product);
    CHECK_FALSE(shape(row, {{"Book", 1}, {"Pen", 1}}).product);
}

} // namespace postbus::orders
