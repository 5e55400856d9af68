#pragma once

#include "schemas/orders_events_v1.hpp"
#include "services/kit/consumer.hpp"
#include "services/payments/store.hpp"

/// What payments do about orders: charge for what is reserved, give back what is cancelled.

namespace postbus::payments {

namespace order_events = schemas::orders_events_v1;

kit::result<void> charge(store&, const order_events::reserved&, kit::event_context&);
kit::result<void> give_back(store&, const order_events::cancelled&, kit::event_context&);

/// Says what became of giving money back.
void tell_refund(const payment&, kit::outbox&);

} // namespace postbus::payments
