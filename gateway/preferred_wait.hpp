#pragma once

#include "gateway/field_view.hpp"

#include <chrono>
#include <span>

namespace postbus::gateway {

inline constexpr std::chrono::seconds longest_wait{10};

/// What the Prefer fields of a request say of `wait` (RFC 7240, 2 and 4.3): how long its client
/// would rather wait than get an answer that is not final. Longer than longest_wait counts as that.
/// 0: not said, or malformed, which is to be ignored. Only the first `wait` counts. Pure.
std::chrono::seconds preferred_wait(std::span<const field_view> fields) noexcept;

} // namespace postbus::gateway
