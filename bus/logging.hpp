#pragma once

#include <string>

namespace postbus::bus {

/// Sets spdlog's default logger: one line an entry to stderr, as text or as JSON objects with
/// `time` (RFC 3339, UTC, milliseconds), `level`, `program`, `pid` and `message`. Then use
/// spdlog::info(...). Throws std::invalid_argument for a format other than "text" and "json".
void start_logging(const std::string& program, const std::string& format);

} // namespace postbus::bus
