#pragma once

#include "schemas/describe.hpp"
#include "schemas/raw_json.hpp"
#include "schemas/rules.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

/// The journal: events of publishers without a database of their own, version 1.

namespace postbus::schemas {

namespace journal_v1 {

struct publish {
    std::string topic; ///< "door.opened"; not one of another service
    std::optional<std::string> key;
    std::optional<std::int64_t> version; ///< of the shape of `data`; 1 when not given
    raw_json data;                       ///< any JSON value, kept byte for byte
};
BOOST_DESCRIBE_STRUCT(publish, (), (topic, key, version, data))

struct published {
    std::string id; ///< "<database>-<seq>", as in its CloudEvent
};
BOOST_DESCRIBE_STRUCT(published, (), (id))

} // namespace journal_v1

template <>
struct rules<journal_v1::publish> {
    static constexpr std::array value{
        field_rule{.field = "key", .max_length = 200},
        field_rule{.field = "version", .minimum = 1, .maximum = 1'000'000}};
};

} // namespace postbus::schemas
