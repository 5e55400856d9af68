#include "services/catalog/saga.hpp"

#include "schemas/catalog_events_v1.hpp"

namespace postbus::catalog {

namespace events = schemas::catalog_events_v1;

namespace {

constexpr std::int64_t expired_a_run = 100;

// Empty when the whole order is reserved; else why it is not.
std::string reserve_items(reservation_table& stock, const order_events::placed& order,
                          std::int64_t expires_at) {
    for (const auto& [product, quantity] : order.items) {
        switch (stock.reserve(order.order, product, quantity, expires_at)) {
        case reserve_outcome::held: break;
        case reserve_outcome::short_of_stock:
            return "there are not " + std::to_string(quantity) + " of '" + product + "' left";
        case reserve_outcome::no_such_product: return "there is no product '" + product + "'";
        case reserve_outcome::ended: return "'" + product + "' was given back already";
        }
    }
    return {};
}

} // namespace

kit::result<void> reserve(store& shop, const order_events::placed& order,
                          kit::event_context& call) {
    auto& stock = shop.reservations;
    auto why = reserve_items(stock, order, call.now_unix_ms() + reservation_ms);
    const auto cost = why.empty() ? total(stock.of_order(order.order)) : std::nullopt;
    if (cost) {
        call.emit(order.order, events::stock_reserved{order.order, *cost});
        return {};
    }
    if (why.empty()) why = "its products have several currencies, or cost more than money can say";
    stock.release(order.order, "refused");
    call.emit(order.order, events::stock_refused{order.order, why});
    return {};
}

kit::result<void> sell(store& shop, const order_events::paid& order, kit::event_context& call) {
    if (shop.reservations.fulfil(order.order))
        call.emit(order.order, events::stock_sold{order.order});
    else call.emit(order.order, events::stock_lost{order.order});
    return {};
}

kit::result<void> release_rejected(store& shop, const order_events::rejected& order,
                                   kit::event_context&) {
    shop.reservations.release(order.order, "rejected");
    return {};
}

kit::result<void> release_cancelled(store& shop, const order_events::cancelled& order,
                                    kit::event_context&) {
    shop.reservations.release(order.order, "cancelled");
    shop.reservations.take_back(order.order, "cancelled");
    return {};
}

bool expire_reservations(store& shop, kit::job_context& call) {
    const auto late = shop.reservations.expired(call.now_unix_ms(), expired_a_run);
    for (const auto order : late) {
        shop.reservations.release(order, "expired");
        call.emit(order, events::reservation_expired{order});
    }
    return std::ssize(late) == expired_a_run;
}

} // namespace postbus::catalog
