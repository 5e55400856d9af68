#pragma once

#include "schemas/events_v1.hpp"
#include "schemas/money.hpp"
#include "schemas/orders_v1.hpp"

/// What the orders service publishes, version 1. The key is the order's id.

namespace postbus::schemas::orders_events_v1 {

/// Somebody we know wants this: reserve it.
struct placed {
    static constexpr std::string_view topic = "orders.placed";
    static constexpr int version = 1;
    std::int64_t order = 0;
    std::int64_t user = 0;
    std::vector<orders_v1::item> items;
};
BOOST_DESCRIBE_STRUCT(placed, (), (order, user, items))

/// Its stock is reserved, and this is what it costs: have it paid.
struct reserved {
    static constexpr std::string_view topic = "orders.reserved";
    static constexpr int version = 1;
    std::int64_t order = 0;
    money total;
};
BOOST_DESCRIBE_STRUCT(reserved, (), (order, total))

/// It is paid: sell what is reserved.
struct paid {
    static constexpr std::string_view topic = "orders.paid";
    static constexpr int version = 1;
    std::int64_t order = 0;
};
BOOST_DESCRIBE_STRUCT(paid, (), (order))

struct confirmed {
    static constexpr std::string_view topic = "orders.confirmed";
    static constexpr int version = 1;
    std::int64_t order = 0;
    std::int64_t user = 0;
    money total;
};
BOOST_DESCRIBE_STRUCT(confirmed, (), (order, user, total))

/// It cannot be had: give back what is reserved. Nothing was paid.
struct rejected {
    static constexpr std::string_view topic = "orders.rejected";
    static constexpr int version = 1;
    std::int64_t order = 0;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(rejected, (), (order, reason))

/// It is not wanted any more, or cannot be kept: give back stock and money, however far they are.
struct cancelled {
    static constexpr std::string_view topic = "orders.cancelled";
    static constexpr int version = 1;
    std::int64_t order = 0;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(cancelled, (), (order, reason))

/// Its money could not be given back: an operator is needed.
struct compensation_failed {
    static constexpr std::string_view topic = "orders.compensation_failed";
    static constexpr int version = 1;
    std::int64_t order = 0;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(compensation_failed, (), (order, reason))

} // namespace postbus::schemas::orders_events_v1
