#pragma once

#include "schemas/events_v1.hpp"

/// What the users service publishes, version 1.

namespace postbus::schemas::users_events_v1 {

struct created {
    static constexpr std::string_view topic = "users.created";
    static constexpr int version = 1;
    std::int64_t user = 0;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(created, (), (user, name))

struct renamed {
    static constexpr std::string_view topic = "users.renamed";
    static constexpr int version = 1;
    std::int64_t user = 0;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(renamed, (), (user, name))

struct removed {
    static constexpr std::string_view topic = "users.removed";
    static constexpr int version = 1;
    std::int64_t user = 0;
};
BOOST_DESCRIBE_STRUCT(removed, (), (user))

} // namespace postbus::schemas::users_events_v1
