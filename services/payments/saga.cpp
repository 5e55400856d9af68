#include "services/payments/saga.hpp"

#include "schemas/payments_events_v1.hpp"

namespace postbus::payments {

namespace events = schemas::payments_events_v1;

kit::result<void> charge(store& shop, const order_events::reserved& due, kit::event_context& call) {
    const auto& [amount, currency] = due.total;
    const auto made = shop.payments.authorise(due.order, amount, currency, call.now_unix_ms());
    if (made.status == "declined") {
        call.emit(due.order, events::declined{due.order, "the card was declined"});
        return {};
    }
    const auto taken = shop.payments.capture(due.order, call.now_unix_ms());
    if (taken && taken->status == "captured")
        call.emit(due.order, events::captured{due.order, taken->id, due.total});
    else
        call.emit(due.order,
                  events::declined{due.order, "the card was accepted, but could not be charged"});
    return {};
}

kit::result<void> give_back(store& shop, const order_events::cancelled& order,
                            kit::event_context& call) {
    if (const auto back = shop.payments.void_or_refund(order.order, call.now_unix_ms()))
        tell_refund(*back, call);
    return {};
}

void tell_refund(const payment& one, kit::outbox& out) {
    if (one.status == "refunded") out.emit(one.order, events::refunded{one.order, one.id});
    if (one.status == "refund_failed")
        out.emit(one.order, events::refund_failed{one.order, one.id});
}

} // namespace postbus::payments
