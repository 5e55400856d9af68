#include "services/payments/card_processor.hpp"

#include <doctest/doctest.h>

namespace postbus::payments {

TEST_CASE("a card pays up to its limit") {
    CHECK(card_authorises(0));
    CHECK(card_authorises(1'000'000));
    CHECK_FALSE(card_authorises(1'000'001));
    CHECK_FALSE(card_authorises(-1));
}

TEST_CASE("an amount that ends in 13 cannot be captured, any other can") {
    CHECK_FALSE(card_captures(13));
    CHECK_FALSE(card_captures(2513));
    CHECK(card_captures(1300));
    CHECK(card_captures(1500));
    CHECK(card_captures(2517));
}

TEST_CASE("the first refund of an amount that ends in 17 fails, the second works") {
    CHECK_FALSE(card_refunds(17, 1));
    CHECK_FALSE(card_refunds(2517, 1));
    CHECK(card_refunds(2517, 2));
    CHECK(card_refunds(2518, 1));
    CHECK(card_refunds(1700, 1));
}

} // namespace postbus::payments
