#pragma once

#include "schemas/describe.hpp"
#include "schemas/rules.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

/// What travels to and from the users service, version 1.

namespace postbus::schemas::users_v1 {

struct user {
    std::int64_t id = 0;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(user, (), (id, name))

struct list_users {
    std::optional<std::int64_t> limit;
    std::optional<std::int64_t> after;
};
BOOST_DESCRIBE_STRUCT(list_users, (), (limit, after))

struct get_user {
    std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(get_user, (), (id))

struct create_user {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(create_user, (), (name))

struct update_user {
    std::int64_t id = 0;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(update_user, (), (id, name))

struct delete_user {
    std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(delete_user, (), (id))

inline constexpr field_rule id_rule{.field = "id", .minimum = 1};
inline constexpr field_rule name_rule{.field = "name", .min_length = 1, .max_length = 200};

} // namespace postbus::schemas::users_v1

namespace postbus::schemas {

template <>
struct rules<users_v1::list_users> {
    static constexpr std::array value{field_rule{.field = "limit", .minimum = 1, .maximum = 100},
                                      field_rule{.field = "after", .minimum = 0}};
};
template <>
struct rules<users_v1::get_user> {
    static constexpr std::array value{users_v1::id_rule};
};
template <>
struct rules<users_v1::create_user> {
    static constexpr std::array value{users_v1::name_rule};
};
template <>
struct rules<users_v1::update_user> {
    static constexpr std::array value{users_v1::id_rule, users_v1::name_rule};
};
template <>
struct rules<users_v1::delete_user> {
    static constexpr std::array value{users_v1::id_rule};
};

} // namespace postbus::schemas
