#include "bus/ready_limits.hpp"

#include <algorithm>

namespace postbus::bus {

namespace {

constexpr std::size_t longest_reason = 500;

// It stands in logs, tables and JSON.
bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= ready_limits::name_bytes &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

// Without overflow, whatever was said.
bool far_ahead(std::int64_t said, std::int64_t unix_ms) {
    return said > unix_ms + std::chrono::milliseconds{ready_limits::clock_ahead}.count();
}

} // namespace

std::string objection_to(const ready& said, std::size_t bytes, std::uint32_t max_credits,
                         std::int64_t unix_ms) {
    if (!is_name(said.instance))
        return "the instance id must have 1 to 64 visible ASCII characters";
    if (!said.description.database_id.empty() && !is_name(said.description.database_id))
        return "the database id must have at most 64 visible ASCII characters";
    if (said.credits == 0 || std::max(said.credits, said.slow_credits) > max_credits)
        return "credits must be between 1 and " + std::to_string(max_credits);
    if (said.held.size() > 2 * std::size_t{max_credits})
        return "it holds more calls than anybody is given";
    if (bytes > ready_limits::description_bytes)
        return "its description has " + std::to_string(bytes) + " bytes, more than " +
               std::to_string(ready_limits::description_bytes);
    if (far_ahead(said.database_unix_ms, unix_ms) || far_ahead(said.watermark.unix_ms(), unix_ms))
        return "the clock of its database is more than an hour ahead of the broker's";
    if (said.database_unix_ms < 0) return "the time of its database is before 1970";
    return {};
}

std::string shortened(std::string text) {
    if (text.size() > longest_reason) text.replace(longest_reason, text.npos, " ...");
    return text;
}

} // namespace postbus::bus
