#pragma once

#include "bus/messages.hpp"

#include <string>

namespace postbus::tools {

/// What a broker knows, as a table for people: one line a worker, one for a service without any.
std::string status_table(const bus::broker_status&);

} // namespace postbus::tools
