#pragma once

#include "services/kit/fault.hpp"

#include <string_view>

namespace postbus::kit {

/// An error line in the log: `what` failed, and why. At most 20 lines a second from one process: a
/// full disk fails every request, and the log is often on the same disk. Any thread.
void log_fault(std::string_view what, const fault& why);

} // namespace postbus::kit
