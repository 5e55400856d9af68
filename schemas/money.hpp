#pragma once

#include "schemas/describe.hpp"
#include "schemas/rules.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postbus::schemas {

/// An amount as an integer, so that nothing is ever rounded.
struct money {
    std::int64_t amount = 0; ///< in minor units (cents)
    std::string currency;    ///< ISO 4217

    bool operator==(const money&) const = default;
};
BOOST_DESCRIBE_STRUCT(money, (), (amount, currency))

/// The largest amount of a price or a total. Readers that know only doubles (JavaScript) still read
/// it to the unit.
inline constexpr std::int64_t max_amount = 1'000'000'000'000'000;

/// Nothing: over max_amount.
inline std::optional<money> times(const money& each, std::int64_t quantity) {
    money out{0, each.currency};
    if (__builtin_mul_overflow(each.amount, quantity, &out.amount)) return std::nullopt;
    if (out.amount > max_amount) return std::nullopt;
    return out;
}

/// Nothing: over max_amount, or two currencies.
inline std::optional<money> plus(const money& a, const money& b) {
    money out{0, a.currency};
    if (a.currency != b.currency) return std::nullopt;
    if (__builtin_add_overflow(a.amount, b.amount, &out.amount)) return std::nullopt;
    if (out.amount > max_amount) return std::nullopt;
    return out;
}

constexpr bool is_currency(std::string_view text) {
    return text.size() == 3 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}
inline constexpr text_format currency_format{
    is_currency, "^[A-Z]{3}$", "must be three capital letters (ISO 4217), such as EUR"};

template <>
struct rules<money> {
    static constexpr std::array value{
        field_rule{.field = "amount", .minimum = 0, .maximum = max_amount},
        field_rule{.field = "currency", .format = &currency_format}};
};

} // namespace postbus::schemas
