#pragma once

#include "services/kit/service.hpp"

namespace postbus::kit {

/// A worker's whole life, for main(): reads the settings, opens the database, joins the bus, serves
/// until SIGTERM or SIGINT, drains. The exit code: 0 after a drain, 1 when it could not go on (one
/// line in the log says why), 2 for wrong settings.
int run(int argc, const char* const* argv, service);

} // namespace postbus::kit
