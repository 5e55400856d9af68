#pragma once

#include "gateway/options.hpp"

namespace postbus::gateway {

/// Runs the gateway until SIGTERM or SIGINT and the drain after it; a second signal ends the
/// process at once. Throws std::runtime_error with a line for the operator when it cannot start.
void serve(options);

} // namespace postbus::gateway
