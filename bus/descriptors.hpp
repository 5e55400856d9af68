#pragma once

#include <cstddef>

namespace postbus::bus {

/// Lets this process open as many files as it may: each connection is one, and the usual soft limit
/// of 1024 would end it there. How many that are.
std::size_t raise_descriptor_limit();

} // namespace postbus::bus
