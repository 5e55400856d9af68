#pragma once

#include "schemas/describe.hpp"
#include "schemas/money.hpp"
#include "schemas/rules.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What travels to and from the orders service, version 1.

namespace postbus::schemas::orders_v1 {

struct item {
    std::string product; ///< the catalog's id, a short text such as "Book"
    std::int64_t quantity = 1;
};
BOOST_DESCRIBE_STRUCT(item, (), (product, quantity))

struct order {
    std::int64_t id = 0;
    std::int64_t user = 0;
    std::vector<item> items;
    std::optional<std::string> product; ///< short form, for an order of one of one product
    std::string status;
    std::optional<std::string> reason;
    std::optional<money> total;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, user, items, product, status, reason, total))

struct list_orders {
    std::optional<std::int64_t> limit;
    std::optional<std::int64_t> after;
    std::optional<std::int64_t> user;
};
BOOST_DESCRIBE_STRUCT(list_orders, (), (limit, after, user))

struct get_order {
    std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(get_order, (), (id))

/// Either `items` or the short form `product`, which means one of it.
struct create_order {
    std::int64_t user = 0;
    std::optional<std::vector<item>> items;
    std::optional<std::string> product;
};
BOOST_DESCRIBE_STRUCT(create_order, (), (user, items, product))

struct cancel_order {
    std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(cancel_order, (), (id))

inline constexpr field_rule product_rule{.field = "product", .min_length = 1, .max_length = 64};
inline constexpr field_rule id_rule{.field = "id", .minimum = 1};

} // namespace postbus::schemas::orders_v1

namespace postbus::schemas {

template <>
struct rules<orders_v1::item> {
    static constexpr std::array value{
        orders_v1::product_rule,
        field_rule{.field = "quantity", .minimum = 1, .maximum = 1'000'000}};
};
template <>
struct rules<orders_v1::list_orders> {
    static constexpr std::array value{field_rule{.field = "limit", .minimum = 1, .maximum = 100},
                                      field_rule{.field = "after", .minimum = 0},
                                      field_rule{.field = "user", .minimum = 1}};
};
template <>
struct rules<orders_v1::get_order> {
    static constexpr std::array value{orders_v1::id_rule};
};
template <>
struct rules<orders_v1::cancel_order> {
    static constexpr std::array value{orders_v1::id_rule};
};
template <>
struct rules<orders_v1::create_order> {
    static constexpr std::array value{
        field_rule{.field = "user", .minimum = 1},
        field_rule{.field = "items", .min_length = 1, .max_length = 100}, orders_v1::product_rule};
};

} // namespace postbus::schemas
