#pragma once

#include "services/kit/migrations.hpp"

namespace postbus::orders {

/// Orders go their way from here on. Those that were there before wait for their user to be heard
/// of, as new ones do.
inline constexpr kit::migration add_saga{.number = 2, .name = "saga", .sql = R"sql(
ALTER TABLE orders ADD COLUMN placed INTEGER NOT NULL DEFAULT 0; -- 1: its user is known
ALTER TABLE orders ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0; -- Unix time, ms
ALTER TABLE orders ADD COLUMN reason TEXT;
ALTER TABLE orders ADD COLUMN amount INTEGER; -- the total, in minor units
ALTER TABLE orders ADD COLUMN currency TEXT;
CREATE INDEX orders_waiting ON orders (user_id) WHERE placed = 0 AND status = 'pending';
CREATE TABLE known_users ( -- a copy, by the users' events
    user_id INTEGER PRIMARY KEY
);
)sql"};

} // namespace postbus::orders
