#include "services/catalog/service.hpp"

#include "tests/unit/services/kit/service_room.hpp"

#include <doctest/doctest.h>

namespace postbus::catalog {

namespace {

const std::string chair =
    R"({"id":"Chair","name":"A chair to read in","price":{"amount":12900,"currency":"EUR"},)"
    R"("available":5,"reserved":0,"sold":0})";

} // namespace

TEST_CASE("a fresh catalog has many books and a few other things") {
    tests::service_room shop{catalog::service()};
    CHECK_EQ(shop.run("catalog.get", R"({"id":"Book"})").body,
             R"({"id":"Book","name":"A good book","price":{"amount":1500,"currency":"EUR"},)"
             R"("available":1000000,"reserved":0,"sold":0})");
    CHECK_EQ(shop.run("catalog.list", R"({"after":"Book","limit":1})").body, '[' + chair + ']');
}

TEST_CASE("a page of products links to the next, with what was searched for") {
    tests::service_room shop{catalog::service()};
    const auto page = shop.run("catalog.list", R"({"limit":1,"name":"a r"})");
    CHECK_EQ(page.body.substr(0, 13), R"([{"id":"Lamp")");
    CHECK(page.fields.empty());
    const auto many = shop.run("catalog.list", R"({"limit":1,"name":"a "})");
    CHECK_EQ(many.fields, std::vector<bus::field>{
                              {"link", R"(</products?after=Book&limit=1&name=a%20>; rel="next")"}});
}

TEST_CASE("a product can be added, renamed, repriced and stocked") {
    tests::service_room shop{catalog::service()};
    const auto added = shop.run(
        "catalog.create",
        R"({"id":"Sofa","name":"A sofa","price":{"amount":50000,"currency":"USD"},"available":3})");
    CHECK_EQ(added.status, 201);
    CHECK_EQ(added.fields, std::vector<bus::field>{{"location", "/products/Sofa"}});
    CHECK_EQ(added.body,
             R"({"id":"Sofa","name":"A sofa","price":{"amount":50000,"currency":"USD"},)"
             R"("available":3,"reserved":0,"sold":0})");
    CHECK_EQ(shop.run("catalog.update", R"({"id":"Sofa","name":"A red sofa"})").body,
             R"({"id":"Sofa","name":"A red sofa","price":{"amount":50000,"currency":"USD"},)"
             R"("available":3,"reserved":0,"sold":0})");
    CHECK_EQ(
        shop.run("catalog.update", R"({"id":"Sofa","price":{"amount":45000,"currency":"EUR"}})")
            .body,
        R"({"id":"Sofa","name":"A red sofa","price":{"amount":45000,"currency":"EUR"},)"
        R"("available":3,"reserved":0,"sold":0})");
    CHECK_EQ(shop.run("catalog.change_stock", R"({"id":"Sofa","change":-3})").body,
             R"({"id":"Sofa","name":"A red sofa","price":{"amount":45000,"currency":"EUR"},)"
             R"("available":0,"reserved":0,"sold":0})");
}

TEST_CASE("a product that is there cannot be added, and one that is not cannot be changed") {
    tests::service_room shop{catalog::service()};
    const auto again = shop.run(
        "catalog.create", R"({"id":"Chair","name":"x","price":{"amount":1,"currency":"EUR"}})");
    CHECK_EQ(again.status, 409);
    CHECK_MESSAGE(again.body.find("there is a product Chair already") != std::string::npos,
                  again.body);
    CHECK_EQ(shop.run("catalog.get", R"({"id":"Chair"})").body, chair);
    CHECK_EQ(shop.run("catalog.get", R"({"id":"chair"})").status, 404);
    CHECK_EQ(shop.run("catalog.update", R"({"id":"Sofa","name":"x"})").status, 404);
    CHECK_EQ(shop.run("catalog.change_stock", R"({"id":"Sofa","change":1})").status, 404);
}

TEST_CASE("taking out more than there is, or putting in too much, is refused with the figures") {
    tests::service_room shop{catalog::service()};
    const auto out = shop.run("catalog.change_stock", R"({"id":"Chair","change":-6})");
    CHECK_EQ(out.status, 409);
    CHECK_MESSAGE(out.body.find("only 5 of Chair are available: 6 cannot be taken out") !=
                      std::string::npos,
                  out.body);
    const auto in = shop.run("catalog.change_stock", R"({"id":"Chair","change":1000000000000})");
    CHECK_EQ(in.status, 409);
    CHECK_EQ(shop.run("catalog.get", R"({"id":"Chair"})").body, chair);
}

} // namespace postbus::catalog
