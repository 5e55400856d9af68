#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace postbus::gateway {

inline constexpr std::size_t longest_idempotency_key = 255; ///< characters, unescaped

/// What stands between the quotes of an Idempotency-Key field: a structured-field string (RFC 8941,
/// 3.3.3) of 1 to 255 characters, without parameters. Escapes stay as they are: there is only one
/// way to write a string, so two keys are equal when these are. Nothing: it is malformed. Pure.
std::optional<std::string_view> parse_idempotency_key(std::string_view value) noexcept;

} // namespace postbus::gateway
