#pragma once

#include "schemas/catalog_events_v1.hpp"
#include "schemas/payments_events_v1.hpp"
#include "schemas/users_events_v1.hpp"
#include "services/kit/consumer.hpp"
#include "services/kit/job.hpp"
#include "services/orders/store.hpp"

/// How an order goes its way: what others have done about it, and what that means. Every step is
/// one transaction here; what follows elsewhere follows from the event it publishes.

namespace postbus::orders {

namespace user_events = schemas::users_events_v1;
namespace stock_events = schemas::catalog_events_v1;
namespace payment_events = schemas::payments_events_v1;

/// How long an order waits for its user to be heard of.
inline constexpr std::int64_t user_wait_ms = 3'000;

/// A new order: on its way, if its user is known.
void begin(store&, const order&, kit::outbox&);
/// From whatever it is at. Refused when it has ended already.
kit::result<void> cancel(store&, std::int64_t order, kit::outbox&);

kit::result<void> learn_user(store&, const user_events::created&, kit::event_context&);
kit::result<void> forget_user(store&, const user_events::removed&, kit::event_context&);

kit::result<void> stock_reserved(store&, const stock_events::stock_reserved&, kit::event_context&);
kit::result<void> stock_refused(store&, const stock_events::stock_refused&, kit::event_context&);
kit::result<void> reservation_expired(store&, const stock_events::reservation_expired&,
                                      kit::event_context&);
kit::result<void> stock_sold(store&, const stock_events::stock_sold&, kit::event_context&);
kit::result<void> stock_lost(store&, const stock_events::stock_lost&, kit::event_context&);

kit::result<void> captured(store&, const payment_events::captured&, kit::event_context&);
kit::result<void> declined(store&, const payment_events::declined&, kit::event_context&);
kit::result<void> refunded(store&, const payment_events::refunded&, kit::event_context&);
kit::result<void> refund_failed(store&, const payment_events::refund_failed&, kit::event_context&);

/// Rejects orders whose user was not heard of in time. True when there are more.
bool reject_unknown_users(store&, kit::job_context&);

} // namespace postbus::orders
