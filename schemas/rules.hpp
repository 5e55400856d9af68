#pragma once

#include <boost/describe.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::schemas {

/// One thing wrong with a request: where (`items[2].quantity`) and what would be right.
struct field_error {
    std::string field;
    std::string message;

    bool operator==(const field_error&) const = default;
};
BOOST_DESCRIBE_STRUCT(field_error, (), (field, message))
using field_errors = std::vector<field_error>;

/// The form of a text, beyond its length.
struct text_format {
    bool (*matches)(std::string_view) = nullptr;
    std::string_view pattern; ///< the same as a regular expression (ECMA-262)
    std::string_view wanted;  ///< what would be right: "must be three capital letters, such as EUR"
};

/// What a field may hold beyond its type. Checked by the JSON reader, published by the JSON Schema.
struct field_rule {
    std::string_view field;
    std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
    std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
    std::size_t min_length = 0; ///< code points of a text, elements of an array
    std::size_t max_length = std::numeric_limits<std::size_t>::max();
    const text_format* format = nullptr; ///< null: any text
};

/// Specialise beside the struct: `template <> struct rules<create_user> { static constexpr
/// std::array value{field_rule{.field = "name", .min_length = 1}}; };`
template <class T>
struct rules {
    static constexpr std::array<field_rule, 0> value{};
};

template <class T>
constexpr field_rule rule_for(std::string_view field) {
    for (const auto& rule : rules<T>::value)
        if (rule.field == field) return rule;
    return field_rule{.field = field};
}

} // namespace postbus::schemas
