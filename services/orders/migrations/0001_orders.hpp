#pragma once

#include "services/kit/migrations.hpp"

namespace postbus::orders {

inline constexpr kit::migration create_orders_tables{.number = 1, .name = "orders", .sql = R"sql(
CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- an id is never given twice
    user_id INTEGER NOT NULL,
    status TEXT NOT NULL
);
CREATE INDEX orders_by_user ON orders (user_id, id);
CREATE TABLE order_items (
    order_id INTEGER NOT NULL REFERENCES orders (id),
    position INTEGER NOT NULL,
    product TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, position),
    UNIQUE (order_id, product)
) WITHOUT ROWID;
INSERT INTO orders (user_id, status) VALUES (1, 'pending');
INSERT INTO order_items (order_id, position, product, quantity) VALUES (1, 1, 'Book', 1);
)sql"};

} // namespace postbus::orders
