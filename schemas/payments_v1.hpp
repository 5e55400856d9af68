#pragma once

#include "schemas/describe.hpp"
#include "schemas/rules.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

/// What travels to and from the payments service, version 1.

namespace postbus::schemas::payments_v1 {

struct payment {
    std::int64_t id = 0;
    std::int64_t order = 0;
    std::int64_t amount = 0; ///< in minor units (cents)
    std::string currency;    ///< ISO 4217
    std::string status;      ///< authorised, captured, voided, refunded, declined, refund_failed
};
BOOST_DESCRIBE_STRUCT(payment, (), (id, order, amount, currency, status))

struct list_payments {
    std::optional<std::int64_t> limit;
    std::optional<std::int64_t> after;
    std::optional<std::int64_t> order;
};
BOOST_DESCRIBE_STRUCT(list_payments, (), (limit, after, order))

struct get_payment {
    std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(get_payment, (), (id))

struct retry_refund {
    std::int64_t order = 0;
};
BOOST_DESCRIBE_STRUCT(retry_refund, (), (order))

} // namespace postbus::schemas::payments_v1

namespace postbus::schemas {

template <>
struct rules<payments_v1::list_payments> {
    static constexpr std::array value{field_rule{.field = "limit", .minimum = 1, .maximum = 100},
                                      field_rule{.field = "after", .minimum = 0},
                                      field_rule{.field = "order", .minimum = 1}};
};
template <>
struct rules<payments_v1::get_payment> {
    static constexpr std::array value{field_rule{.field = "id", .minimum = 1}};
};

template <>
struct rules<payments_v1::retry_refund> {
    static constexpr std::array value{field_rule{.field = "order", .minimum = 1}};
};

} // namespace postbus::schemas
