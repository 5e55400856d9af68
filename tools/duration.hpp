#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace postbus::tools {

/// Reads "5", "5s", "0.5s" or "500ms"; a bare number is seconds. Nothing for anything else, for
/// less than 1 ms and for more than a day.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

} // namespace postbus::tools
