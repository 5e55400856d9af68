#include "services/payments/payment_audit.hpp"

#include "tests/unit/services/payments/payments_room.hpp"

#include <doctest/doctest.h>

namespace postbus::payments {

namespace {

/// The rules that these figures break, as "expected/found rule; ".
std::string broken(const payment_figures& figures) {
    audit out;
    judge(figures, out);
    std::string text;
    for (const auto& one : out.broken) {
        CHECK_EQ(one.subject, "order 7");
        text +=
            std::to_string(one.expected) + '/' + std::to_string(one.found) + ' ' + one.rule + "; ";
    }
    return text;
}

} // namespace

TEST_CASE("a payment whose ledger says what its status says breaks no rule") {
    CHECK_EQ(broken({7, 1500, "authorised", 1, 0, 0, 0, 0, 0}), "");
    CHECK_EQ(broken({7, 1500, "declined", 0, 0, 0, 0, 0, 0}), "");
    CHECK_EQ(broken({7, 1500, "voided", 1, 0, 1, 0, 0, 0}), "");
    CHECK_EQ(broken({7, 1500, "captured", 1, 1, 0, 0, 1500, 0}), "");
    CHECK_EQ(broken({7, 1500, "refunded", 1, 1, 0, 1, 1500, 1500}), "");
    CHECK_EQ(broken({7, 1500, "refund_failed", 1, 1, 0, 0, 1500, 0}), "");
}

TEST_CASE("an order that was charged twice is named, with what it was charged") {
    CHECK_EQ(broken({7, 1500, "captured", 1, 2, 0, 0, 3000, 0}),
             "1/2 the card was charged once if captured, else never; "
             "1500/3000 what was charged is the payment's amount; ");
}

TEST_CASE("a refund without a capture is named") {
    CHECK_EQ(broken({7, 1500, "refunded", 1, 0, 0, 1, 0, 1500}),
             "1/0 the card was charged once if captured, else never; "
             "1500/0 what was charged is the payment's amount; ");
}

TEST_CASE("a status that the ledger does not bear out is named") {
    CHECK_EQ(broken({7, 0, "voided", 1, 1, 0, 0, 0, 0}),
             "0/1 the card was charged once if captured, else never; "
             "1/0 the authorisation was voided once if voided, else never; ");
    CHECK_EQ(broken({7, 0, "declined", 1, 0, 0, 0, 0, 0}),
             "0/1 the card was authorised once, unless it was declined; ");
    CHECK_EQ(broken({7, 1500, "captured", 1, 1, 0, 1, 1500, 1500}),
             "0/1 the card was refunded once if refunded, else never; "
             "0/1500 what was refunded is the payment's amount; ");
}

TEST_CASE("an audit adds up all payments, and finds one that was charged behind their back") {
    tests::payments_room room;
    auto& payments = room.shop->payments;
    for (const auto amount : {1500, 2517, 2513, 1'000'001, 1}) {
        payments.authorise(amount, amount, "EUR", 1);
        if (amount != 1) payments.capture(amount, 2);
        if (amount == 2517) payments.void_or_refund(amount, 3);
    }
    std::string figures;
    for (const auto& one : room.shop->audit.run().figures)
        figures += one.name + ' ' + std::to_string(one.value) + ", ";
    CHECK_EQ(figures, "payments 5, captured 4017, refunded 0, payments authorised 1, "
                      "payments captured 1, payments declined 1, payments refund_failed 1, "
                      "payments voided 1, ");

    kit::query<void(std::int64_t)>{
        room.db.sql(), "INSERT INTO card_operations (payment_id, operation, amount, approved, at) "
                       "SELECT id, 'capture', amount, 1, 9 FROM payments WHERE order_id = :1"}
        .run(1500);
    const auto found = room.shop->audit.run();
    CHECK_EQ(found.broken_count, 2);
    REQUIRE_EQ(found.broken.size(), 2);
    CHECK_EQ(found.broken[0].subject, "order 1500");
    kit::query<void()>{room.db.sql(), "DELETE FROM card_operations WHERE at = 9"}.run();
}

} // namespace postbus::payments
