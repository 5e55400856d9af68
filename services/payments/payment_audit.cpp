#include "services/payments/payment_audit.hpp"

#include <map>

namespace postbus::payments {

void judge(const payment_figures& of, audit& out) {
    const auto subject = "order " + std::to_string(of.order);
    const auto one_if = [&](auto... statuses) {
        return static_cast<std::int64_t>(((of.status == statuses) || ...));
    };
    const auto captures = one_if("captured", "refunded", "refund_failed");
    const auto refunds = one_if("refunded");
    expect(out, "the card was authorised once, unless it was declined", subject,
           1 - one_if("declined"), of.authorisations);
    expect(out, "the card was charged once if captured, else never", subject, captures,
           of.captures);
    expect(out, "the authorisation was voided once if voided, else never", subject,
           one_if("voided"), of.voids);
    expect(out, "the card was refunded once if refunded, else never", subject, refunds, of.refunds);
    expect(out, "what was charged is the payment's amount", subject, captures * of.amount,
           of.captured);
    expect(out, "what was refunded is the payment's amount", subject, refunds * of.amount,
           of.refunded);
}

payment_audit::payment_audit(kit::sql& db)
    : figures_{db, "SELECT p.order_id, p.amount, p.status, "
                   "coalesce(sum(CASE WHEN o.operation = 'authorise' THEN 1 ELSE 0 END), 0), "
                   "coalesce(sum(CASE WHEN o.operation = 'capture' THEN 1 ELSE 0 END), 0), "
                   "coalesce(sum(CASE WHEN o.operation = 'void' THEN 1 ELSE 0 END), 0), "
                   "coalesce(sum(CASE WHEN o.operation = 'refund' THEN 1 ELSE 0 END), 0), "
                   "coalesce(sum(CASE WHEN o.operation = 'capture' THEN o.amount ELSE 0 END), 0), "
                   "coalesce(sum(CASE WHEN o.operation = 'refund' THEN o.amount ELSE 0 END), 0) "
                   "FROM payments p LEFT JOIN card_operations o "
                   "ON o.payment_id = p.id AND o.approved = 1 "
                   "GROUP BY p.id, p.order_id, p.amount, p.status ORDER BY p.id"},
      head_{db, "SELECT head FROM postbus_event_log"},
      entries_{db, "SELECT order_id, status, amount, currency FROM payments WHERE order_id >= :1 "
                   "ORDER BY order_id LIMIT :2"} {}

audit payment_audit::run() {
    audit out;
    std::map<std::string, std::int64_t> by_status;
    std::int64_t payments = 0, captured = 0, refunded = 0;
    figures_.each([&](const payment_figures& of) {
        judge(of, out);
        ++payments;
        ++by_status[of.status];
        captured += of.captured;
        refunded += of.refunded;
    });
    out.figures = {{"payments", payments}, {"captured", captured}, {"refunded", refunded}};
    for (const auto& [status, count] : by_status)
        out.figures.push_back({"payments " + status, count});
    return out;
}

schemas::audit_v1::payment_books payment_audit::books(std::int64_t first, std::int64_t limit) {
    return {head_.one().value_or(0), entries_.all(first, limit)};
}

} // namespace postbus::payments
