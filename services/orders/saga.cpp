#include "services/orders/saga.hpp"

#include "schemas/orders_events_v1.hpp"

#include <array>

namespace postbus::orders {

namespace events = schemas::orders_events_v1;

namespace {

constexpr std::int64_t rejections_a_run = 100;

void place(store& orders, const order& one, kit::outbox& out) {
    if (orders.progress.mark_placed(one.id))
        out.emit(one.id, events::placed{one.id, one.user, one.items});
}

void reject(store& orders, std::int64_t id, const std::string& from, const std::string& why,
            kit::outbox& out) {
    if (orders.progress.end(id, from, "rejected", why)) out.emit(id, events::rejected{id, why});
}

// What is reserved and paid is given back by those who have it, however far they are: they read
// this after what they did.
void cancel_from(store& orders, std::int64_t id, const std::string& from, const std::string& why,
                 kit::outbox& out) {
    if (orders.progress.end(id, from, "cancelled", why)) out.emit(id, events::cancelled{id, why});
}

} // namespace

void begin(store& orders, const order& one, kit::outbox& out) {
    if (orders.progress.knows_user(one.user)) place(orders, one, out);
}

kit::result<void> cancel(store& orders, std::int64_t id, kit::outbox& out) {
    const auto status = orders.progress.status(id);
    if (!status) return kit::not_found("there is no order " + std::to_string(id));
    for (const auto* ended : {"rejected", "cancelled", "compensation_failed"})
        if (*status == ended)
            return kit::conflict("order " + std::to_string(id) + " is " + *status + " already");
    cancel_from(orders, id, *status, "cancelled on request", out);
    return {};
}

kit::result<void> learn_user(store& orders, const user_events::created& user,
                             kit::event_context& call) {
    orders.progress.learn_user(user.user);
    for (const auto id : orders.progress.waiting_for(user.user))
        if (const auto waiting = orders.find(id)) place(orders, *waiting, call);
    return {};
}

kit::result<void> forget_user(store& orders, const user_events::removed& user,
                              kit::event_context&) {
    orders.progress.forget_user(user.user);
    return {};
}

kit::result<void> stock_reserved(store& orders, const stock_events::stock_reserved& fact,
                                 kit::event_context& call) {
    if (!orders.progress.advance(fact.order, "pending", "stock_reserved")) return {};
    orders.progress.set_total(fact.order, fact.total);
    call.emit(fact.order, events::reserved{fact.order, fact.total});
    return {};
}

kit::result<void> stock_refused(store& orders, const stock_events::stock_refused& fact,
                                kit::event_context& call) {
    reject(orders, fact.order, "pending", fact.reason, call);
    return {};
}

kit::result<void> reservation_expired(store& orders, const stock_events::reservation_expired& fact,
                                      kit::event_context& call) {
    // One that is paid meanwhile hears of it as stock_lost.
    for (const auto* from : {"pending", "stock_reserved"})
        cancel_from(orders, fact.order, from, "it was not paid in time", call);
    return {};
}

kit::result<void> captured(store& orders, const payment_events::captured& fact,
                           kit::event_context& call) {
    if (orders.progress.advance(fact.order, "stock_reserved", "paid"))
        call.emit(fact.order, events::paid{fact.order});
    return {};
}

kit::result<void> declined(store& orders, const payment_events::declined& fact,
                           kit::event_context& call) {
    reject(orders, fact.order, "stock_reserved", fact.reason, call);
    return {};
}

kit::result<void> stock_sold(store& orders, const stock_events::stock_sold& fact,
                             kit::event_context& call) {
    if (!orders.progress.advance(fact.order, "paid", "confirmed")) return {};
    const auto one = orders.find(fact.order);
    if (one && one->total)
        call.emit(fact.order, events::confirmed{one->id, one->user, *one->total});
    return {};
}

kit::result<void> stock_lost(store& orders, const stock_events::stock_lost& fact,
                             kit::event_context& call) {
    cancel_from(orders, fact.order, "paid", "its reservation expired before it was paid", call);
    return {};
}

kit::result<void> refunded(store& orders, const payment_events::refunded& fact,
                           kit::event_context&) {
    orders.progress.end(fact.order, "compensation_failed", "cancelled", "refunded after all");
    return {};
}

kit::result<void> refund_failed(store& orders, const payment_events::refund_failed& fact,
                                kit::event_context& call) {
    const auto why = "payment " + std::to_string(fact.payment) + " could not be refunded";
    if (orders.progress.end(fact.order, "cancelled", "compensation_failed", why))
        call.emit(fact.order, events::compensation_failed{fact.order, why});
    return {};
}

bool reject_unknown_users(store& orders, kit::job_context& call) {
    const auto late =
        orders.progress.waited_too_long(call.now_unix_ms() - user_wait_ms, rejections_a_run);
    for (const auto id : late) reject(orders, id, "pending", "its user is not known", call);
    return std::ssize(late) == rejections_a_run;
}

} // namespace postbus::orders
