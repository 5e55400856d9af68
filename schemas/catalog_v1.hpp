#pragma once

#include "schemas/describe.hpp"
#include "schemas/money.hpp"
#include "schemas/rules.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What travels to and from the catalog service, version 1.

namespace postbus::schemas::catalog_v1 {

struct product {
    std::string id; ///< a short text such as "Book": what an order names
    std::string name;
    money price;
    std::int64_t available = 0; ///< pieces that can be reserved
    std::int64_t reserved = 0;  ///< pieces held for orders in progress
    std::int64_t sold = 0;
};
BOOST_DESCRIBE_STRUCT(product, (), (id, name, price, available, reserved, sold))

struct list_products {
    std::optional<std::int64_t> limit;
    std::optional<std::string> after;
    std::optional<std::string> name; ///< part of the name, in any case
};
BOOST_DESCRIBE_STRUCT(list_products, (), (limit, after, name))

struct get_product {
    std::string id;
};
BOOST_DESCRIBE_STRUCT(get_product, (), (id))

struct create_product {
    std::string id;
    std::string name;
    money price;
    std::optional<std::int64_t> available; ///< the first stock; without it none
};
BOOST_DESCRIBE_STRUCT(create_product, (), (id, name, price, available))

/// What is left out stays.
struct update_product {
    std::string id;
    std::optional<std::string> name;
    std::optional<money> price;
};
BOOST_DESCRIBE_STRUCT(update_product, (), (id, name, price))

/// Pieces that come in, or go out below zero. A change and not a new figure, so that two of them at
/// once both count.
struct change_stock {
    std::string id;
    std::int64_t change = 0;
};
BOOST_DESCRIBE_STRUCT(change_stock, (), (id, change))

constexpr bool is_product_id(std::string_view text) {
    constexpr auto alphanumeric = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    };
    return !text.empty() && alphanumeric(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}
inline constexpr text_format product_id_format{
    is_product_id, "^[A-Za-z0-9][A-Za-z0-9._-]*$",
    "must be letters, digits, '.', '_' and '-', and begin with a letter or a digit"};

/// The most pieces of a product over all time.
inline constexpr std::int64_t max_stock = 1'000'000'000'000;

inline constexpr field_rule id_rule{
    .field = "id", .min_length = 1, .max_length = 64, .format = &product_id_format};
inline constexpr field_rule name_rule{.field = "name", .min_length = 1, .max_length = 200};

} // namespace postbus::schemas::catalog_v1

namespace postbus::schemas {

template <>
struct rules<catalog_v1::list_products> {
    static constexpr std::array value{field_rule{.field = "limit", .minimum = 1, .maximum = 100},
                                      field_rule{.field = "after",
                                                 .min_length = 1,
                                                 .max_length = 64,
                                                 .format = &catalog_v1::product_id_format},
                                      catalog_v1::name_rule};
};
template <>
struct rules<catalog_v1::get_product> {
    static constexpr std::array value{catalog_v1::id_rule};
};
template <>
struct rules<catalog_v1::create_product> {
    static constexpr std::array value{
        catalog_v1::id_rule, catalog_v1::name_rule,
        field_rule{.field = "available", .minimum = 0, .maximum = catalog_v1::max_stock}};
};
template <>
struct rules<catalog_v1::update_product> {
    static constexpr std::array value{catalog_v1::id_rule, catalog_v1::name_rule};
};
template <>
struct rules<catalog_v1::change_stock> {
    static constexpr std::array value{catalog_v1::id_rule,
                                      field_rule{.field = "change",
                                                 .minimum = -catalog_v1::max_stock,
                                                 .maximum = catalog_v1::max_stock}};
};

} // namespace postbus::schemas
