#include "services/orders/store.hpp"

#include "services/orders/order_shape.hpp"

namespace postbus::orders {

store::store(kit::sql& db)
    : progress{db}, audit{db},
      list_{db, "SELECT id, user_id, status, reason, amount, currency FROM orders "
                "WHERE id > :1 ORDER BY id LIMIT :2"},
      list_of_user_{db, "SELECT id, user_id, status, reason, amount, currency FROM orders WHERE "
                        "user_id = :1 AND id > :2 "
                        "ORDER BY id LIMIT :3"},
      find_{db, "SELECT id, user_id, status, reason, amount, currency FROM orders WHERE id = :1"},
      items_{db, "SELECT product, quantity FROM order_items WHERE order_id = :1 ORDER BY position"},
      add_{db, "orders", "INSERT INTO orders (user_id, status, created_at) VALUES (:1, :2, :3)"},
      add_item_{db, "INSERT INTO order_items (order_id, position, product, quantity) "
                    "VALUES (:1, :2, :3, :4)"} {}

std::vector<order> store::list(std::int64_t after, std::int64_t limit,
                               std::optional<std::int64_t> user) {
    std::vector<order> out;
    for (auto& row : user ? list_of_user_.all(*user, after, limit) : list_.all(after, limit))
        out.push_back(with_items(std::move(row)));
    return out;
}

std::optional<order> store::find(std::int64_t id) {
    auto row = find_.one(id);
    if (!row) return std::nullopt;
    return with_items(*std::move(row));
}

order store::add(std::int64_t user, std::vector<item> items, std::int64_t now_unix_ms) {
    order_row row{add_.run(user, "pending", now_unix_ms), user, "pending", {}, {}, {}};
    std::int64_t position = 0;
    for (const auto& one : items) add_item_.run(row.id, ++position, one.product, one.quantity);
    return shape(std::move(row), std::move(items));
}

order store::with_items(order_row row) {
    const auto id = row.id;
    return shape(std::move(row), items_.all(id));
}

} // namespace postbus::orders
