#pragma once

#include "schemas/events_v1.hpp"
#include "schemas/money.hpp"

/// What the payments service publishes, version 1. The key is the order's id.

namespace postbus::schemas::payments_events_v1 {

struct captured {
    static constexpr std::string_view topic = "payments.captured";
    static constexpr int version = 1;
    std::int64_t order = 0;
    std::int64_t payment = 0;
    money amount;
};
BOOST_DESCRIBE_STRUCT(captured, (), (order, payment, amount))

/// Nothing was taken.
struct declined {
    static constexpr std::string_view topic = "payments.declined";
    static constexpr int version = 1;
    std::int64_t order = 0;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(declined, (), (order, reason))

struct refunded {
    static constexpr std::string_view topic = "payments.refunded";
    static constexpr int version = 1;
    std::int64_t order = 0;
    std::int64_t payment = 0;
};
BOOST_DESCRIBE_STRUCT(refunded, (), (order, payment))

struct refund_failed {
    static constexpr std::string_view topic = "payments.refund_failed";
    static constexpr int version = 1;
    std::int64_t order = 0;
    std::int64_t payment = 0;
};
BOOST_DESCRIBE_STRUCT(refund_failed, (), (order, payment))

} // namespace postbus::schemas::payments_events_v1
