#pragma once

#include "tools/status_merge.hpp"

#include <string>

namespace postbus::tools {

/// What the brokers know, as a table for people: one line a worker, one for a service without any.
std::string status_table(const bus_status&);

} // namespace postbus::tools
