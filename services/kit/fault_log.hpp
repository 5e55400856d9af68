#pragma once

#include "services/kit/fault.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace postbus::kit {

/// An error line in the log: `what` failed, and why. At most 20 lines a second from one process: a
/// full disk fails every request, and the log is often on the same disk. Any thread.
void log_fault(std::string_view what, const fault& why);

/// How often, by kind: "bug", "storage", "interrupted", "unstorable", "lost". Any thread.
std::array<std::pair<std::string_view, std::uint64_t>, 5> fault_counts() noexcept;

} // namespace postbus::kit
