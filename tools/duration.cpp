#include "tools/duration.hpp"

#include <charconv>
#include <cmath>

namespace postbus::tools {

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    double factor = 1000;
    if (text.ends_with("ms")) {
        factor = 1;
        text.remove_suffix(2);
    } else if (text.ends_with('s')) {
        text.remove_suffix(1);
    }
    double number = 0;
    const auto end = text.data() + text.size();
    const auto [used, failed] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (failed != std::errc{} || used != end || !std::isfinite(number)) return std::nullopt;
    const auto ms = number * factor;
    if (ms < 1 || ms > 86'400'000) return std::nullopt;
    return std::chrono::milliseconds{static_cast<std::int64_t>(ms)};
}

} // namespace postbus::tools
