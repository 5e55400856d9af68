#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace postbus::bus {

struct log_entry {
    std::chrono::system_clock::time_point at;
    std::string_view level; ///< "info", "warning", ...
    std::string_view program;
    std::int64_t pid = 0;
    std::string_view message; ///< any bytes
};

/// Each appends one line with its newline. A message cannot break out of its line: control bytes
/// are escaped, and in JSON what is not UTF-8 becomes U+FFFD.
void append_text_line(const log_entry&, std::string& out);
void append_json_line(const log_entry&, std::string& out);

/// `bytes` with U+FFFD in place of whatever is not UTF-8 (RFC 3629).
std::string to_utf8(std::string_view bytes);

} // namespace postbus::bus
