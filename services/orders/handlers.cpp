#include "services/orders/handlers.hpp"

#include "services/orders/order_shape.hpp"
#include "services/orders/saga.hpp"

namespace postbus::orders {

namespace {

constexpr std::int64_t default_page = 20;

} // namespace

kit::result<std::vector<order>> list(store& orders, const v1::list_orders& wanted,
                                     kit::context& call) {
    const auto limit = wanted.limit.value_or(default_page);
    auto found = orders.list(wanted.after.value_or(0), limit + 1, wanted.user);
    call.page(found, limit);
    return found;
}

kit::result<order> get(store& orders, const v1::get_order& wanted) {
    if (auto found = orders.find(wanted.id)) return *std::move(found);
    return kit::not_found("there is no order " + std::to_string(wanted.id));
}

kit::result<order> create(store& orders, const v1::create_order& wanted, kit::context& call) {
    auto added = orders.add(wanted.user, items_of(wanted), call.now_unix_ms());
    begin(orders, added, call);
    return added;
}

kit::result<order> cancel_order(store& orders, const v1::cancel_order& wanted, kit::context& call) {
    if (const auto done = cancel(orders, wanted.id, call); !done) return done.error();
    return orders.find(wanted.id).value();
}

kit::result<schemas::audit_v1::audit> check_books(store& orders, const nothing&) {
    return orders.audit.run();
}

kit::result<schemas::audit_v1::order_books> books(store& orders,
                                                  const schemas::audit_v1::read_books& wanted) {
    return orders.audit.books(wanted.first, wanted.limit.value_or(schemas::audit_v1::max_entries));
}

} // namespace postbus::orders
