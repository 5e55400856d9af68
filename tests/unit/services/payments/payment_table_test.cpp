#include "services/payments/payment_table.hpp"

#include "tests/unit/services/payments/payments_room.hpp"

#include <doctest/doctest.h>

namespace postbus::payments {

using tests::payments_room;

namespace {

std::string status(const std::optional<payment>& of) {
    return of ? of->status : "none";
}

} // namespace

TEST_CASE("a payment is authorised, captured and refunded, each once") {
    payments_room room;
    auto& payments = room.shop->payments;
    for (int twice = 0; twice < 2; ++twice) {
        const auto made = payments.authorise(7, 1500, "EUR", 100);
        CHECK_EQ(made.id, 1);
        CHECK_EQ(made.order, 7);
        CHECK_EQ(made.amount, 1500);
        CHECK_EQ(made.currency, "EUR");
        CHECK_EQ(made.status, "authorised");
    }
    for (int twice = 0; twice < 2; ++twice) CHECK_EQ(status(payments.capture(7, 200)), "captured");
    CHECK_EQ(status(payments.find(1)), "captured");
    for (int twice = 0; twice < 2; ++twice)
        CHECK_EQ(status(payments.void_or_refund(7, 300)), "refunded");
    CHECK_EQ(status(payments.capture(7, 400)), "refunded");
    CHECK_EQ(payments.authorise(7, 1, "USD", 500).status, "refunded");
    CHECK_EQ(room.ledger(), "authorise capture refund ");
}

TEST_CASE("what was not captured is voided, and not captured afterwards") {
    payments_room room;
    auto& payments = room.shop->payments;
    payments.authorise(7, 1500, "EUR", 100);
    for (int twice = 0; twice < 2; ++twice)
        CHECK_EQ(status(payments.void_or_refund(7, 200)), "voided");
    CHECK_EQ(status(payments.capture(7, 300)), "voided");
    CHECK_EQ(room.ledger(), "authorise void ");
}

TEST_CASE("an amount over the card's limit is declined, and stays so") {
    payments_room room;
    auto& payments = room.shop->payments;
    CHECK_EQ(payments.authorise(7, 1'000'001, "EUR", 100).status, "declined");
    CHECK_EQ(payments.authorise(7, 1'000'001, "EUR", 100).status, "declined");
    CHECK_EQ(status(payments.capture(7, 200)), "declined");
    CHECK_EQ(status(payments.void_or_refund(7, 300)), "declined");
    CHECK_EQ(status(payments.retry_refund(7, 300)), "declined");
    CHECK_EQ(room.ledger(), "(authorise) ");
}

TEST_CASE("a capture that fails ends in a void") {
    payments_room room;
    auto& payments = room.shop->payments;
    CHECK_EQ(payments.authorise(7, 2513, "EUR", 100).status, "authorised");
    for (int twice = 0; twice < 2; ++twice) CHECK_EQ(status(payments.capture(7, 200)), "voided");
    CHECK_EQ(status(payments.void_or_refund(7, 300)), "voided");
    CHECK_EQ(room.ledger(), "authorise (capture) void ");
}

TEST_CASE("a refund that fails waits for an operator, whose retry works once") {
    payments_room room;
    auto& payments = room.shop->payments;
    payments.authorise(7, 2517, "EUR", 100);
    CHECK_EQ(status(payments.capture(7, 200)), "captured");
    CHECK_EQ(status(payments.retry_refund(7, 250)), "captured");
    for (int twice = 0; twice < 2; ++twice)
        CHECK_EQ(status(payments.void_or_refund(7, 300)), "refund_failed");
    for (int twice = 0; twice < 2; ++twice)
        CHECK_EQ(status(payments.retry_refund(7, 400)), "refunded");
    CHECK_EQ(room.ledger(), "authorise capture (refund) refund ");
}

TEST_CASE("an order without a payment has nothing to capture or refund") {
    payments_room room;
    auto& payments = room.shop->payments;
    CHECK_EQ(status(payments.capture(7, 1)), "none");
    CHECK_EQ(status(payments.void_or_refund(7, 1)), "none");
    CHECK_EQ(status(payments.retry_refund(7, 1)), "none");
    CHECK_EQ(room.ledger(), "");
}

TEST_CASE("payments are listed by id, and of one order") {
    payments_room room;
    auto& payments = room.shop->payments;
    for (const auto order : {30, 20, 10}) payments.authorise(order, 100, "EUR", 1);
    const auto all = payments.list(0, 2, {});
    REQUIRE_EQ(all.size(), 2);
    CHECK_EQ(all[0].order, 30);
    CHECK_EQ(all[1].order, 20);
    CHECK_EQ(payments.list(2, 10, {}).size(), 1);
    const auto of_ten = payments.list(0, 10, 10);
    REQUIRE_EQ(of_ten.size(), 1);
    CHECK_EQ(of_ten[0].id, 3);
    CHECK(payments.list(3, 10, 10).empty());
    CHECK(payments.list(0, 10, 40).empty());
}

} // namespace postbus::payments
