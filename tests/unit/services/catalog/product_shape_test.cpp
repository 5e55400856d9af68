#include "services/catalog/product_shape.hpp"

#include "services/kit/binding.hpp"

#include <doctest/doctest.h>

namespace postbus::catalog {

namespace {

/// What a body is refused with; empty: it is not.
template <class Request>
std::string refusal(std::string_view body) {
    Request request;
    const auto refused = kit::bind({}, body, request);
    return refused ? refused->body : std::string{};
}

bool names(const std::string& refusal, const std::string& field) {
    return refusal.find(R"("field":")" + field + '"') != std::string::npos;
}

} // namespace

TEST_CASE("a product's id is a short code") {
    using schemas::catalog_v1::is_product_id;
    for (const auto* good : {"Book", "b", "7", "a.b_c-D", "9-to-5"}) CHECK(is_product_id(good));
    for (const auto* bad :
         {"", ".", "..", "-a", "_a", "a b", "a/b", "a%", "B\xC3\xBCroklammer", "a\n"})
        CHECK_FALSE(is_product_id(bad));
}

TEST_CASE("a price is checked inside its request") {
    using schemas::catalog_v1::create_product;
    const auto with_price = [](const std::string& price) {
        return refusal<create_product>(R"({"id":"a","name":"b","price":)" + price + "}");
    };
    CHECK_EQ(with_price(R"({"amount":0,"currency":"EUR"})"), "");
    CHECK(names(with_price(R"({"amount":-1,"currency":"EUR"})"), "price.amount"));
    CHECK(names(with_price(R"({"amount":1.5,"currency":"EUR"})"), "price.amount"));
    CHECK(names(with_price(R"({"amount":1000000000000001,"currency":"EUR"})"), "price.amount"));
    CHECK(names(with_price(R"({"amount":1,"currency":"eur"})"), "price.currency"));
    CHECK(names(with_price(R"({"amount":1})"), "price.currency"));
}

TEST_CASE("a change of a product changes something") {
    using schemas::catalog_v1::change_stock, schemas::catalog_v1::update_product;
    CHECK_EQ(refusal<update_product>(R"({"id":"a","name":"b"})"), "");
    CHECK_EQ(refusal<update_product>(R"({"id":"a","price":{"amount":1,"currency":"EUR"}})"), "");
    CHECK(names(refusal<update_product>(R"({"id":"a"})"), "name"));
    CHECK_EQ(refusal<change_stock>(R"({"id":"a","change":-1})"), "");
    CHECK(names(refusal<change_stock>(R"({"id":"a","change":0})"), "change"));
}

TEST_CASE("a search for a part of a text escapes what LIKE would take for a joker") {
    CHECK_EQ(contains_pattern(""), "%");
    CHECK_EQ(contains_pattern("50%_!"), "%50!%!_!!%");
}

} // namespace postbus::catalog
