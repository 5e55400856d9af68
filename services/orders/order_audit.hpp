#pragma once

#include "schemas/audit_v1.hpp"
#include "services/kit/query.hpp"

#include <cstdint>
#include <string>

namespace postbus::orders {

namespace detail {

struct status_count {
    std::string status;
    std::int64_t orders = 0;
};
BOOST_DESCRIBE_STRUCT(status_count, (), (status, orders))

struct order_age_row {
    std::int64_t order = 0;
    std::string status;
    std::int64_t amount = 0;
    std::string currency;
    std::int64_t created_at = 0;
};
BOOST_DESCRIBE_STRUCT(order_age_row, (), (order, status, amount, currency, created_at))

} // namespace detail

/// The orders' books: whether they agree with themselves, and what they say to others' books. For
/// the slow pool: it reads whole tables.
class order_audit {
public:
    explicit order_audit(kit::sql&);

    schemas::audit_v1::audit run();
    schemas::audit_v1::order_books books(std::int64_t first, std::int64_t limit);

private:
    kit::query<detail::status_count()> counts_;
    kit::query<std::int64_t(std::int64_t)> without_items_;
    kit::query<std::int64_t(std::int64_t)> without_total_;
    kit::query<std::int64_t()> payments_read_;
    kit::query<detail::order_age_row(std::int64_t, std::int64_t)> entries_;
};

} // namespace postbus::orders
