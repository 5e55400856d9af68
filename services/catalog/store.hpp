#pragma once

#include "services/catalog/product_table.hpp"
#include "services/catalog/reservation_table.hpp"
#include "services/catalog/stock_audit.hpp"

namespace postbus::catalog {

/// The catalog's tables, and the check that they agree.
struct store {
    explicit store(kit::sql& db) : products{db}, reservations{db}, audit{db} {}

    product_table products;
    reservation_table reservations;
    stock_audit audit;
};

} // namespace postbus::catalog
