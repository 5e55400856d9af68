#include "services/catalog/reservation_table.hpp"

#include <algorithm>

namespace postbus::catalog {

std::optional<money> total(const std::vector<reservation>& lines) {
    if (lines.empty()) return std::nullopt;
    std::optional<money> sum = money{0, lines.front().currency};
    for (const auto& line : lines) {
        const auto cost = times(money{line.amount, line.currency}, line.quantity);
        sum = sum && cost ? plus(*sum, *cost) : std::nullopt;
    }
    return sum;
}

reservation_table::reservation_table(kit::sql& db)
    : state_{db, "SELECT state FROM reservations WHERE order_id = :1 AND product_id = :2"},
      product_exists_{db, "SELECT count(*) FROM products WHERE id = :1"},
      take_{db, "UPDATE products SET available = available - :1, reserved = reserved + :2 "
                "WHERE id = :3 AND available >= :4"},
      add_{db, "INSERT INTO reservations "
               "(order_id, product_id, quantity, amount, currency, state, expires_at) "
               "SELECT :1, id, :2, amount, currency, 'held', :3 FROM products WHERE id = :4"},
      of_order_{db, "SELECT product_id, quantity, amount, currency, state FROM reservations "
                    "WHERE order_id = :1 ORDER BY product_id"},
      end_{db, "UPDATE reservations SET state = :1, reason = :2 "
               "WHERE order_id = :3 AND product_id = :4 AND state = 'held'"},
      undo_{db, "UPDATE reservations SET state = :1, reason = :2 "
                "WHERE order_id = :3 AND product_id = :4 AND state = 'sold'"},
      unsell_{db, "UPDATE products SET available = available + :1, sold = sold - :2 "
                  "WHERE id = :3"},
      give_back_{db, "UPDATE products SET available = available + :1, reserved = reserved - :2 "
                     "WHERE id = :3"},
      sell_{db, "UPDATE products SET reserved = reserved - :1, sold = sold + :2 WHERE id = :3"},
      expired_{db, "SELECT order_id FROM reservations WHERE state = 'held' AND expires_at <= :1 "
                   "GROUP BY order_id ORDER BY min(expires_at), order_id LIMIT :2"} {}

reserve_outcome reservation_table::reserve(std::int64_t order, const std::string& product,
                                           std::int64_t quantity, std::int64_t expires_at) {
    if (const auto state = state_.one(order, product))
        return *state == "held" ? reserve_outcome::held : reserve_outcome::ended;
    if (take_.run(quantity, quantity, product, quantity) == 0)
        return product_exists_.one(product) == 0 ? reserve_outcome::no_such_product
                                                 : reserve_outcome::short_of_stock;
    add_.run(order, quantity, expires_at, product);
    return reserve_outcome::held;
}

bool reservation_table::release(std::int64_t order, const std::string& reason) {
    bool any = false;
    for (const auto& line : of_order_.all(order)) {
        if (end_.run("released", reason, order, line.product) == 0) continue;
        give_back_.run(line.quantity, line.quantity, line.product);
        any = true;
    }
    return any;
}

bool reservation_table::take_back(std::int64_t order, const std::string& reason) {
    bool any = false;
    for (const auto& line : of_order_.all(order)) {
        if (undo_.run("released", reason, order, line.product) == 0) continue;
        unsell_.run(line.quantity, line.quantity, line.product);
        any = true;
    }
    return any;
}

bool reservation_table::fulfil(std::int64_t order) {
    const auto lines = of_order_.all(order);
    const auto released = [](const reservation& line) { return line.state == "released"; };
    if (lines.empty() || std::any_of(lines.begin(), lines.end(), released)) return false;
    for (const auto& line : lines)
        if (end_.run("sold", std::nullopt, order, line.product) != 0)
            sell_.run(line.quantity, line.quantity, line.product);
    return true;
}

std::vector<reservation> reservation_table::of_order(std::int64_t order) {
    return of_order_.all(order);
}

std::vector<std::int64_t> reservation_table::expired(std::int64_t now, std::int64_t limit) {
    return expired_.all(now, limit);
}

} // namespace postbus::catalog
