#pragma once

#include "services/kit/migrations.hpp"

namespace postbus::payments {

inline constexpr kit::migration create_payments_tables{
    .number = 1, .name = "payments", .sql = R"sql(
CREATE TABLE payments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- an id is never given twice
    order_id INTEGER NOT NULL UNIQUE,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN
        ('authorised', 'captured', 'voided', 'refunded', 'declined', 'refund_failed'))
);
CREATE TABLE card_operations ( -- whatever the processor was asked, and what it said
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    payment_id INTEGER NOT NULL REFERENCES payments (id),
    operation TEXT NOT NULL CHECK (operation IN ('authorise', 'capture', 'void', 'refund')),
    amount INTEGER NOT NULL,
    approved INTEGER NOT NULL CHECK (approved IN (0, 1)),
    at INTEGER NOT NULL -- Unix time, ms
);
CREATE INDEX card_operations_by_payment ON card_operations (payment_id, operation);
)sql"};

} // namespace postbus::payments
