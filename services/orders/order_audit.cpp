#include "services/orders/order_audit.hpp"
#include "bus/unix_time.hpp"

#include <algorithm>

namespace postbus::orders {

namespace v1 = schemas::audit_v1;

order_audit::order_audit(kit::sql& db)
    : counts_{db, "SELECT status, count(*) FROM orders GROUP BY status ORDER BY status"},
      without_items_{db, "SELECT id FROM orders WHERE NOT EXISTS (SELECT 1 FROM order_items "
                         "WHERE order_id = orders.id) ORDER BY id LIMIT :1"},
      without_total_{db, "SELECT id FROM orders WHERE amount IS NULL AND status IN "
                         "('stock_reserved', 'paid', 'confirmed') ORDER BY id LIMIT :1"},
      payments_read_{db, "SELECT seq FROM postbus_cursors WHERE source = 'payments'"},
      entries_{db, "SELECT id, status, coalesce(amount, 0), coalesce(currency, ''), created_at "
                   "FROM orders WHERE id >= :1 ORDER BY id LIMIT :2"} {}

v1::audit order_audit::run() {
    v1::audit out;
    std::int64_t orders = 0;
    counts_.each([&](const detail::status_count& of) {
        orders += of.orders;
        out.figures.push_back({"orders " + of.status, of.orders});
    });
    out.figures.insert(out.figures.begin(), {"orders", orders});
    for (const auto id : without_items_.all(v1::max_broken))
        expect(out, "an order has items", "order " + std::to_string(id), 1, 0);
    for (const auto id : without_total_.all(v1::max_broken))
        expect(out, "a reserved order has a total", "order " + std::to_string(id), 1, 0);
    return out;
}

v1::order_books order_audit::books(std::int64_t first, std::int64_t limit) {
    const auto now = bus::unix_ms();
    v1::order_books out;
    out.payments_read = payments_read_.one().value_or(0);
    entries_.each(
        [&](const detail::order_age_row& of) {
            out.entries.push_back({of.order, of.status, of.amount, of.currency,
                                   std::max<std::int64_t>(now - of.created_at, 0)});
        },
        first, limit);
    return out;
}

} // namespace postbus::orders
