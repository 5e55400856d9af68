#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

/// How a line of a child process appears in the supervisor's own output.

namespace postbus::tools {

struct line_style {
    bool json = false;     ///< --log-format json
    bool colour = false;   ///< for a terminal
    std::size_t width = 0; ///< names are padded to it
};

/// "orders.2 | line\n". In JSON, a line that is an object gets `"from":"orders.2"` in front of its
/// own fields, and any other becomes the message of one; so every line stays one JSON object.
std::string child_line(const line_style&, std::string_view name, std::size_t colour_index,
                       std::string_view line, std::chrono::system_clock::time_point now);

/// The message alone of a log line in either format; any other line as it is.
std::string message_of(std::string_view line);

} // namespace postbus::tools
