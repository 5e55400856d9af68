#include "services/payments/payment_table.hpp"

#include "services/payments/card_processor.hpp"

namespace postbus::payments {

payment_table::payment_table(kit::sql& db)
    : list_{db, "SELECT id, order_id, amount, currency, status FROM payments "
                "WHERE id > :1 ORDER BY id LIMIT :2"},
      find_{db, "SELECT id, order_id, amount, currency, status FROM payments WHERE id = :1"},
      of_order_{db, "SELECT id, order_id, amount, currency, status FROM payments "
                    "WHERE order_id = :1"},
      add_{db, "payments",
           "INSERT INTO payments (order_id, amount, currency, status) VALUES (:1, :2, :3, :4)"},
      move_{db, "UPDATE payments SET status = :1 WHERE id = :2 AND status = :3"},
      refunds_{db, "SELECT count(*) FROM card_operations "
                   "WHERE payment_id = :1 AND operation = 'refund'"},
      record_{db, "INSERT INTO card_operations (payment_id, operation, amount, approved, at) "
                  "VALUES (:1, :2, :3, :4, :5)"} {}

std::vector<payment> payment_table::list(std::int64_t after, std::int64_t limit,
                                         std::optional<std::int64_t> order) {
    if (!order) return list_.all(after, limit);
    const auto one = of_order_.one(*order); // an order has one at most
    if (!one || one->id <= after) return {};
    return {*one};
}

std::optional<payment> payment_table::find(std::int64_t id) {
    return find_.one(id);
}

std::optional<payment> payment_table::of_order(std::int64_t order) {
    return of_order_.one(order);
}

payment payment_table::authorise(std::int64_t order, std::int64_t amount,
                                 const std::string& currency, std::int64_t now) {
    if (auto found = of_order_.one(order)) return *std::move(found);
    const bool approved = card_authorises(amount);
    payment made{0, order, amount, currency, approved ? "authorised" : "declined"};
    made.id = add_.run(order, amount, currency, made.status);
    record(made, "authorise", approved, now);
    return made;
}

std::optional<payment> payment_table::capture(std::int64_t order, std::int64_t now) {
    auto of = of_order_.one(order);
    if (!of || of->status != "authorised") return of;
    const bool approved = card_captures(of->amount);
    if (approved && !move(*of, "captured")) return of;
    record(*of, "capture", approved, now);
    if (!approved) void_it(*of, now);
    return of;
}

std::optional<payment> payment_table::void_or_refund(std::int64_t order, std::int64_t now) {
    auto of = of_order_.one(order);
    if (!of) return of;
    if (of->status == "authorised") void_it(*of, now);
    else if (of->status == "captured") refund(*of, now);
    return of;
}

std::optional<payment> payment_table::retry_refund(std::int64_t order, std::int64_t now) {
    auto of = of_order_.one(order);
    if (of && of->status == "refund_failed") refund(*of, now);
    return of;
}

void payment_table::void_it(payment& of, std::int64_t now) {
    if (move(of, "voided")) record(of, "void", true, now);
}

void payment_table::refund(payment& of, std::int64_t now) {
    const auto attempt = refunds_.one(of.id).value_or(0) + 1;
    const bool approved = card_refunds(of.amount, attempt);
    if (move(of, approved ? "refunded" : "refund_failed")) record(of, "refund", approved, now);
}

bool payment_table::move(payment& of, const char* to) {
    if (move_.run(to, of.id, of.status) == 0) return false;
    of.status = to;
    return true;
}

void payment_table::record(const payment& of, const char* operation, bool approved,
                           std::int64_t now) {
    record_.run(of.id, operation, of.amount, approved ? 1 : 0, now);
}

} // namespace postbus::payments
