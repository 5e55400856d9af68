#include "services/catalog/stock_audit.hpp"

namespace postbus::catalog {

void judge(const stock_figures& of, audit& out) {
    expect(out, "available + reserved + sold is what was put in", of.product, of.put_in,
           of.available + of.reserved + of.sold);
    expect(out, "reserved is what reservations hold", of.product, of.held_for, of.reserved);
    expect(out, "sold is what reservations were fulfilled with", of.product, of.fulfilled_for,
           of.sold);
}

stock_audit::stock_audit(kit::sql& db)
    : figures_{db, "SELECT p.id, p.available, p.reserved, p.sold, coalesce(c.put_in, 0), "
                   "coalesce(r.held_for, 0), coalesce(r.fulfilled_for, 0) FROM products p "
                   "LEFT JOIN (SELECT product_id, sum(change) AS put_in FROM stock_changes "
                   "GROUP BY product_id) c ON c.product_id = p.id "
                   "LEFT JOIN (SELECT product_id, "
                   "sum(CASE WHEN state = 'held' THEN quantity ELSE 0 END) AS held_for, "
                   "sum(CASE WHEN state = 'sold' THEN quantity ELSE 0 END) AS fulfilled_for "
                   "FROM reservations GROUP BY product_id) r ON r.product_id = p.id ORDER BY p.id"},
      entries_{db, "SELECT order_id, sum(CASE WHEN state = 'held' THEN quantity ELSE 0 END), "
                   "sum(CASE WHEN state = 'sold' THEN quantity ELSE 0 END) FROM reservations "
                   "WHERE order_id >= :1 GROUP BY order_id ORDER BY order_id LIMIT :2"} {}

audit stock_audit::run() {
    audit out;
    std::int64_t products = 0, put_in = 0, available = 0, reserved = 0, sold = 0;
    figures_.each([&](const stock_figures& of) {
        judge(of, out);
        ++products;
        put_in += of.put_in;
        available += of.available;
        reserved += of.reserved;
        sold += of.sold;
    });
    out.figures = {{"products", products},
                   {"put_in", put_in},
                   {"available", available},
                   {"reserved", reserved},
                   {"sold", sold}};
    return out;
}

schemas::audit_v1::stock_books stock_audit::books(std::int64_t first, std::int64_t limit) {
    return {entries_.all(first, limit)};
}

} // namespace postbus::catalog
