#pragma once

#include "schemas/describe.hpp"

#include <string_view>

namespace postbus::gateway {

/// A name and a text that lie in some message: bus::field with nothing copied.
struct field_view {
    std::string_view name;
    std::string_view value;
};
BOOST_DESCRIBE_STRUCT(field_view, (), (name, value))

} // namespace postbus::gateway
