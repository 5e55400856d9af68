#include "services/orders/order_progress.hpp"

namespace postbus::orders {

order_progress::order_progress(kit::sql& db)
    : advance_{db, "UPDATE orders SET status = :1 WHERE id = :2 AND status = :3"},
      end_{db, "UPDATE orders SET status = :1, reason = :2 WHERE id = :3 AND status = :4"},
      set_total_{db, "UPDATE orders SET amount = :1, currency = :2 WHERE id = :3"},
      status_{db, "SELECT status FROM orders WHERE id = :1"},
      knows_user_{db, "SELECT count(*) FROM known_users WHERE user_id = :1"},
      learn_user_{db, "INSERT INTO known_users (user_id) VALUES (:1) ON CONFLICT DO NOTHING"},
      forget_user_{db, "DELETE FROM known_users WHERE user_id = :1"},
      mark_placed_{db, "UPDATE orders SET placed = 1 WHERE id = :1 AND placed = 0"},
      waiting_for_{db, "SELECT id FROM orders WHERE placed = 0 AND status = 'pending' AND "
                       "user_id = :1 ORDER BY id"},
      waited_too_long_{db, "SELECT id FROM orders WHERE placed = 0 AND status = 'pending' AND "
                           "created_at < :1 AND EXISTS (SELECT 1 FROM postbus_cursors "
                           "WHERE source = 'users' AND seq > 0) ORDER BY id LIMIT :2"} {}

bool order_progress::advance(std::int64_t order, const std::string& from, const std::string& to) {
    return advance_.run(to, order, from) != 0;
}

bool order_progress::end(std::int64_t order, const std::string& from, const std::string& to,
                         const std::string& reason) {
    return end_.run(to, reason, order, from) != 0;
}

void order_progress::set_total(std::int64_t order, const schemas::money& total) {
    set_total_.run(total.amount, total.currency, order);
}

std::optional<std::string> order_progress::status(std::int64_t order) {
    return status_.one(order);
}

bool order_progress::knows_user(std::int64_t user) {
    return knows_user_.one(user) != 0;
}

void order_progress::learn_user(std::int64_t user) {
    learn_user_.run(user);
}

void order_progress::forget_user(std::int64_t user) {
    forget_user_.run(user);
}

bool order_progress::mark_placed(std::int64_t order) {
    return mark_placed_.run(order) != 0;
}

std::vector<std::int64_t> order_progress::waiting_for(std::int64_t user) {
    return waiting_for_.all(user);
}

std::vector<std::int64_t> order_progress::waited_too_long(std::int64_t created_before,
                                                          std::int64_t limit) {
    return waited_too_long_.all(created_before, limit);
}

} // namespace postbus::orders
