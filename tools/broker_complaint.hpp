#pragma once

#include "bus/broker_survey.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace postbus::tools {

/// Why this broker told nothing that could be read.
std::string complaint(const bus::broker_answer&);

/// Says on stderr why none of these brokers told `command` anything. The exit code: 3 when nobody
/// answers at any of their addresses, else 1.
int no_broker(std::string_view command, const std::vector<bus::broker_answer>&);

} // namespace postbus::tools
