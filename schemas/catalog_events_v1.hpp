#pragma once

#include "schemas/events_v1.hpp"
#include "schemas/money.hpp"

/// What the catalog publishes about orders, version 1. The key is the order's id.

namespace postbus::schemas::catalog_events_v1 {

struct stock_reserved {
    static constexpr std::string_view topic = "catalog.stock_reserved";
    static constexpr int version = 1;
    std::int64_t order = 0;
    money total; ///< at the prices of the moment
};
BOOST_DESCRIBE_STRUCT(stock_reserved, (), (order, total))

/// Nothing is reserved for the order.
struct stock_refused {
    static constexpr std::string_view topic = "catalog.stock_refused";
    static constexpr int version = 1;
    std::int64_t order = 0;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(stock_refused, (), (order, reason))

struct reservation_expired {
    static constexpr std::string_view topic = "catalog.reservation_expired";
    static constexpr int version = 1;
    std::int64_t order = 0;
};
BOOST_DESCRIBE_STRUCT(reservation_expired, (), (order))

struct stock_sold {
    static constexpr std::string_view topic = "catalog.stock_sold";
    static constexpr int version = 1;
    std::int64_t order = 0;
};
BOOST_DESCRIBE_STRUCT(stock_sold, (), (order))

/// The order was paid too late: its reservation has expired.
struct stock_lost {
    static constexpr std::string_view topic = "catalog.stock_lost";
    static constexpr int version = 1;
    std::int64_t order = 0;
};
BOOST_DESCRIBE_STRUCT(stock_lost, (), (order))

} // namespace postbus::schemas::catalog_events_v1
