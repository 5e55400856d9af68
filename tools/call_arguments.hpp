#pragma once

#include "bus/messages.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace postbus::tools {

/// What goes into a request for an operation.
struct call_arguments {
    bus::call_meta meta;
    std::string body; ///< JSON; empty for an operation without one
};

/// Splits the fields of a JSON object as HTTP would carry them: those named in the operation's path
/// template go into the path, the others into the query (GET, HEAD, DELETE) or the body. Nothing
/// when `json` cannot be that; `why` then says what is wrong.
std::optional<call_arguments> split_arguments(const bus::operation&, std::string_view json,
                                              std::string& why);

} // namespace postbus::tools
