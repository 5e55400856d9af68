#pragma once

#include "services/kit/migrations.hpp"

namespace postbus::catalog {

/// The checks are the last line: a statement that would break one fails, whoever wrote it.
inline constexpr kit::migration create_catalog_tables{.number = 1, .name = "catalog", .sql = R"sql(
CREATE TABLE products (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0), -- the price, in minor units
    currency TEXT NOT NULL,
    available INTEGER NOT NULL CHECK (available >= 0),
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    sold INTEGER NOT NULL CHECK (sold >= 0)
) WITHOUT ROWID;
CREATE TABLE stock_changes ( -- what was put in, or below zero taken out, other than by orders
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id TEXT NOT NULL REFERENCES products (id),
    change INTEGER NOT NULL
);
CREATE TABLE reservations (
    order_id INTEGER NOT NULL,
    product_id TEXT NOT NULL REFERENCES products (id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    amount INTEGER NOT NULL, -- the price of one when it was reserved
    currency TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'released', 'sold')),
    reason TEXT, -- why it was released
    expires_at INTEGER NOT NULL, -- Unix time, ms
    PRIMARY KEY (order_id, product_id)
) WITHOUT ROWID;
CREATE INDEX reservations_held ON reservations (expires_at) WHERE state = 'held';
INSERT INTO products (id, name, amount, currency, available, reserved, sold) VALUES
    ('Book', 'A good book', 1500, 'EUR', 1000000, 0, 0),
    ('Chair', 'A chair to read in', 12900, 'EUR', 5, 0, 0),
    ('Lamp', 'A reading lamp', 3990, 'EUR', 12, 0, 0),
    ('Pen', 'A pen that writes', 250, 'EUR', 40, 0, 0);
INSERT INTO stock_changes (product_id, change) SELECT id, available FROM products ORDER BY id;
)sql"};

} // namespace postbus::catalog
