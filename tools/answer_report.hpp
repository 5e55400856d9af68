#pragma once

#include "tools/one_call.hpp"

#include <chrono>
#include <string_view>

namespace postbus::tools {

/// True when it was carried out.
bool succeeded(const call_answer&);

/// Prints why a call failed to stderr: the problem that refused it, or that nobody answered. The
/// exit code for it: 1 or 3. `program` is "postbus call"; `limit` how long it waited.
int report_failure(std::string_view program, const call_answer&, std::chrono::milliseconds limit);

/// Says on stderr that no broker answered, or why those that are there refuse. The exit code.
int report_nobody(std::string_view program, const bus::client&, const bus::endpoint& first);

} // namespace postbus::tools
