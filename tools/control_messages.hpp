#pragma once

#include "schemas/describe.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What commands and the supervisor say to each other over DIR/postbus.sock, one JSON value a line.

namespace postbus::tools {

struct wanted_workers {
    std::string service{};
    std::int64_t workers = 0;
};
BOOST_DESCRIBE_STRUCT(wanted_workers, (), (service, workers))

/// The one line that a command says.
struct control_request {
    std::string command{};                              ///< "restart" or "scale"
    std::optional<std::vector<std::string>> names{};    ///< what is to be restarted
    std::optional<std::vector<wanted_workers>> scale{}; ///< how many workers of what
    std::optional<std::int64_t> timeout_ms{};           ///< for each new process to get ready
};
BOOST_DESCRIBE_STRUCT(control_request, (), (command, names, scale, timeout_ms))

/// A line of the answer. The last one says "done", "failed" or "refused" (nothing was begun).
struct control_line {
    std::string event{};   ///< or "starting", "ready", "draining", "ended"
    std::string process{}; ///< "users.1"
    std::int64_t pid = 0;  ///< 0: none
    std::string text{};
};
BOOST_DESCRIBE_STRUCT(control_line, (), (event, process, pid, text))

} // namespace postbus::tools
