#pragma once

#include "schemas/payments_v1.hpp"
#include "services/kit/query.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postbus::payments {

using schemas::payments_v1::payment;

/// The payments, one an order, and the ledger of what the card processor was asked for them.
///
///     authorise ──> authorised ──capture──> captured ──refund──> refunded
///         │             │                       └──────────────> refund_failed ──retry──> refunded
///         └> declined   └──void, or capture fails──> voided
///
/// A step is taken only from the status it starts at, so it happens once, however often it is asked
/// for; from any other status it changes nothing. Each gives the payment as it is then; nothing
/// when the order has none. `now` is Unix time in ms. To be called in the transaction of whoever
/// decides.
class payment_table {
public:
    explicit payment_table(kit::sql&);

    /// In the order of their ids, those above `after`; of one order, when given.
    std::vector<payment> list(std::int64_t after, std::int64_t limit,
                              std::optional<std::int64_t> order);
    std::optional<payment> find(std::int64_t id);
    std::optional<payment> of_order(std::int64_t order);

    /// Authorised or declined; what there is already, whatever its amount.
    payment authorise(std::int64_t order, std::int64_t amount, const std::string& currency,
                      std::int64_t now);
    /// Captured; voided when the processor cannot capture.
    std::optional<payment> capture(std::int64_t order, std::int64_t now);
    /// Voided when it was not captured yet; else refunded, or refund_failed.
    std::optional<payment> void_or_refund(std::int64_t order, std::int64_t now);
    /// For an operator, of a payment that is refund_failed: refunded, or as before.
    std::optional<payment> retry_refund(std::int64_t order, std::int64_t now);

private:
    bool move(payment&, const char* to);
    void record(const payment&, const char* operation, bool approved, std::int64_t now);
    void void_it(payment&, std::int64_t now);
    void refund(payment&, std::int64_t now);

    kit::query<payment(std::int64_t, std::int64_t)> list_;
    kit::query<payment(std::int64_t)> find_;
    kit::query<payment(std::int64_t)> of_order_;
    kit::insertion<std::int64_t, std::int64_t, std::string, std::string> add_;
    kit::query<void(std::string, std::int64_t, std::string)> move_;
    kit::query<std::int64_t(std::int64_t)> refunds_;
    kit::query<void(std::int64_t, std::string, std::int64_t, std::int64_t, std::int64_t)> record_;
};

} // namespace postbus::payments
