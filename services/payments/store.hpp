#pragma once

#include "services/payments/payment_audit.hpp"
#include "services/payments/payment_table.hpp"

namespace postbus::payments {

/// The payments' tables, and the check that they agree.
struct store {
    explicit store(kit::sql& db) : payments{db}, audit{db} {}

    payment_table payments;
    payment_audit audit;
};

} // namespace postbus::payments
