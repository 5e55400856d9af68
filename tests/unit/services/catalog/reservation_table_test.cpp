#include "services/catalog/reservation_table.hpp"

#include "tests/unit/services/catalog/catalog_room.hpp"

#include <doctest/doctest.h>

namespace postbus::catalog {

using tests::catalog_room, tests::stock;
using outcome = reserve_outcome;

TEST_CASE("reserved pieces are not available, and can be sold once") {
    catalog_room room;
    CHECK(room.reserve(7, "Chair", 2) == outcome::held);
    CHECK_EQ(stock(room.product("Chair")), "3/2/0");
    CHECK(room.shop->reservations.fulfil(7));
    CHECK_EQ(stock(room.product("Chair")), "3/0/2");
    CHECK(room.shop->reservations.fulfil(7));
    CHECK_FALSE(room.shop->reservations.release(7, "too late"));
    CHECK_EQ(stock(room.product("Chair")), "3/0/2");
}

TEST_CASE("released pieces are available again, once") {
    catalog_room room;
    CHECK(room.reserve(7, "Chair", 5) == outcome::held);
    CHECK(room.reserve(7, "Lamp", 1) == outcome::held);
    CHECK(room.shop->reservations.release(7, "declined"));
    CHECK_FALSE(room.shop->reservations.release(7, "declined"));
    CHECK_EQ(stock(room.product("Chair")), "5/0/0");
    CHECK_EQ(stock(room.product("Lamp")), "12/0/0");
    CHECK_FALSE(room.shop->reservations.fulfil(7));
    CHECK_EQ(stock(room.product("Chair")), "5/0/0");
}

TEST_CASE("the same wish again changes nothing, and one that has ended is not held again") {
    catalog_room room;
    CHECK(room.reserve(7, "Chair", 2) == outcome::held);
    CHECK(room.reserve(7, "Chair", 2) == outcome::held);
    CHECK_EQ(stock(room.product("Chair")), "3/2/0");
    room.shop->reservations.release(7, "cancelled");
    CHECK(room.reserve(7, "Chair", 2) == outcome::ended);
    CHECK_EQ(stock(room.product("Chair")), "5/0/0");
}

TEST_CASE("the last pieces can be reserved and no more, and only of what there is") {
    catalog_room room;
    CHECK(room.reserve(1, "Chair", 6) == outcome::short_of_stock);
    CHECK(room.reserve(1, "Chair", 5) == outcome::held);
    CHECK(room.reserve(2, "Chair", 1) == outcome::short_of_stock);
    CHECK(room.reserve(2, "Sofa", 1) == outcome::no_such_product);
    CHECK_FALSE(room.shop->reservations.release(2, "rejected"));
    CHECK_FALSE(room.shop->reservations.fulfil(2));
    CHECK_EQ(stock(room.product("Chair")), "0/5/0");
}

TEST_CASE("an order of which a part was released is not sold in part") {
    catalog_room room;
    room.reserve(1, "Chair", 1);
    room.shop->reservations.release(1, "expired");
    room.reserve(1, "Pen", 1);
    CHECK_FALSE(room.shop->reservations.fulfil(1));
    CHECK_EQ(stock(room.product("Pen")), "39/1/0");
}

TEST_CASE("orders that are held past their time are found, the longest first, each once") {
    catalog_room room;
    room.reserve(1, "Pen", 1, 3000);
    room.reserve(2, "Pen", 1, 1000);
    room.reserve(2, "Lamp", 1, 1000);
    room.reserve(3, "Pen", 1, 2000);
    room.reserve(4, "Pen", 1, 500);
    room.shop->reservations.fulfil(4);
    auto& held = room.shop->reservations;
    CHECK(held.expired(999, 10).empty());
    CHECK_EQ(held.expired(2000, 10), std::vector<std::int64_t>{2, 3});
    CHECK_EQ(held.expired(9000, 2), std::vector<std::int64_t>{2, 3});
    held.release(2, "expired");
    CHECK_EQ(held.expired(9000, 10), std::vector<std::int64_t>{3, 1});
}

TEST_CASE("an order costs what its products cost when they were reserved") {
    catalog_room room;
    room.reserve(1, "Book", 2);
    room.reserve(1, "Pen", 3);
    room.shop->products.reprice("Book", {9900, "EUR"});
    CHECK(total(room.shop->reservations.of_order(1)) == money{3750, "EUR"});
    CHECK_FALSE(total(room.shop->reservations.of_order(2)));
}

TEST_CASE("a total in two currencies, or beyond the largest amount, is none") {
    CHECK_FALSE(total({{"a", 1, 1, "EUR", "held"}, {"b", 1, 1, "USD", "held"}}));
    CHECK_FALSE(total({{"a", 1'000'000, schemas::max_amount, "EUR", "held"}}));
    CHECK_FALSE(total({{"a", 1, schemas::max_amount, "EUR", "held"}, {"b", 1, 1, "EUR", "held"}}));
    CHECK(total({{"a", 2, 5, "EUR", "held"}, {"b", 1, 1, "EUR", "held"}}) == money{11, "EUR"});
}

TEST_CASE("no piece is lost or made over any sequence of steps, repeated ones included") {
    catalog_room room;
    auto& held = room.shop->reservations;
    std::uint32_t random = 12345;
    const auto next = [&](std::uint32_t below) {
        random = random * 1664525U + 1013904223U;
        return static_cast<std::int64_t>((random >> 16U) % below);
    };
    const std::string products[] = {"Book", "Chair", "Lamp", "Pen"};
    for (int step = 0; step < 2000; ++step) {
        const auto order = next(40);
        const auto& product = products[next(4)];
        switch (next(5)) {
        case 0: held.release(order, "expired"); break;
        case 1: held.fulfil(order); break;
        case 2: room.shop->products.change_stock(product, next(7) - 3); break;
        default: held.reserve(order, product, 1 + next(3), step); break;
        }
        if (step % 50 == 0) REQUIRE(room.shop->audit.run().broken.empty());
    }
}

} // namespace postbus::catalog
