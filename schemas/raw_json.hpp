#pragma once

#include "schemas/describe.hpp"

#include <concepts>
#include <string>

namespace postbus::schemas {

/// JSON as text, written and kept byte for byte. As a member of a request struct it takes the whole
/// body; the other members then come from path and query.
struct raw_json {
    std::string text;
};

template <described T>
constexpr bool takes_whole_body() {
    bool found = false;
    T sample{};
    for_each_field(sample, [&]<class Member>(std::string_view, const Member&) {
        found |= std::same_as<Member, raw_json>;
    });
    return found;
}

/// In a JSON Schema, on the property that is the whole body.
inline constexpr auto whole_body_mark = "x-whole-body";

} // namespace postbus::schemas
