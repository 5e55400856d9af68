#include "services/catalog/product_table.hpp"

#include "services/catalog/product_shape.hpp"
#include "tests/unit/services/catalog/catalog_room.hpp"

#include <doctest/doctest.h>

namespace postbus::catalog {

using tests::catalog_room, tests::stock;

namespace {

std::string ids(const std::vector<product>& products) {
    std::string out;
    for (const auto& one : products) out += one.id + ' ';
    return out;
}

} // namespace

TEST_CASE("products are listed by id, after one and with a part of their name in any case") {
    catalog_room room;
    auto& products = room.shop->products;
    CHECK_EQ(ids(products.list("", 10, {})), "Book Chair Lamp Pen ");
    CHECK_EQ(ids(products.list("Book", 2, {})), "Chair Lamp ");
    CHECK_EQ(ids(products.list("", 10, "READ")), "Chair Lamp ");
    CHECK_EQ(ids(products.list("Chair", 10, "read")), "Lamp ");
    CHECK_EQ(ids(products.list("", 10, "nothing of the kind")), "");
}

TEST_CASE("what is searched for is text: %, _ and ! stand for themselves") {
    catalog_room room;
    auto& products = room.shop->products;
    products.add("Sale", "100% wool_en! 'sale'", {1, "EUR"}, 0);
    for (const auto* part : {"100%", "l_e", "n!", "'sale'", "% w"})
        CHECK_EQ(ids(products.list("", 10, part)), "Sale ");
    CHECK_EQ(ids(products.list("", 10, "1%0")), "");
    CHECK_EQ(ids(products.list("", 10, "w__l")), "");
}

TEST_CASE("a product is added once, and its first stock is in the ledger") {
    catalog_room room;
    auto& products = room.shop->products;
    CHECK(products.add("Sofa", "A sofa", {50000, "USD"}, 3));
    CHECK_FALSE(products.add("Sofa", "Another", {1, "EUR"}, 9));
    CHECK_EQ(room.product("Sofa").name, "A sofa");
    CHECK(room.product("Sofa").price == money{50000, "USD"});
    CHECK_EQ(stock(room.product("Sofa")), "3/0/0");
}

TEST_CASE("stock changes by what comes in or goes out, never below zero") {
    catalog_room room;
    auto& products = room.shop->products;
    CHECK(products.change_stock("Chair", 4));
    CHECK(products.change_stock("Chair", -9));
    CHECK_EQ(stock(room.product("Chair")), "0/0/0");
    CHECK_FALSE(products.change_stock("Chair", -1));
    CHECK_FALSE(products.change_stock("Sofa", 1));
}

TEST_CASE("what is reserved cannot be taken out of stock") {
    catalog_room room;
    room.reserve(1, "Chair", 3);
    CHECK_FALSE(room.shop->products.change_stock("Chair", -3));
    CHECK(room.shop->products.change_stock("Chair", -2));
    CHECK_EQ(stock(room.product("Chair")), "0/3/0");
}

TEST_CASE("stock is filled to its limit and no further, whatever is reserved or sold of it") {
    catalog_room room;
    auto& products = room.shop->products;
    room.reserve(1, "Chair", 2);
    room.reserve(2, "Chair", 1);
    room.shop->reservations.fulfil(2);
    CHECK_FALSE(products.change_stock("Chair", schemas::catalog_v1::max_stock - 4));
    CHECK(products.change_stock("Chair", schemas::catalog_v1::max_stock - 5));
    CHECK_FALSE(products.change_stock("Chair", 1));
}

} // namespace postbus::catalog
