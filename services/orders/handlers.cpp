#include "services/orders/handlers.hpp"

#include "services/orders/order_shape.hpp"

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

kit::result<order> create(store& orders, const v1::create_order& wanted) {
    return orders.add(wanted.user, items_of(wanted));
}

} // namespace postbus::orders
