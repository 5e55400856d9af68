#pragma once

#include "schemas/orders_events_v1.hpp"
#include "services/catalog/store.hpp"
#include "services/kit/consumer.hpp"
#include "services/kit/job.hpp"

/// What the catalog does about orders: reserve, sell, give back.

namespace postbus::catalog {

namespace order_events = schemas::orders_events_v1;

/// How long stock is kept for an order that is not paid.
inline constexpr std::int64_t reservation_ms = 120'000;

kit::result<void> reserve(store&, const order_events::placed&, kit::event_context&);
kit::result<void> sell(store&, const order_events::paid&, kit::event_context&);
kit::result<void> release_rejected(store&, const order_events::rejected&, kit::event_context&);
kit::result<void> release_cancelled(store&, const order_events::cancelled&, kit::event_context&);

/// Gives back what was reserved for too long. True when there is more.
bool expire_reservations(store&, kit::job_context&);

} // namespace postbus::catalog
