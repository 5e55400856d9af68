#pragma once

#include "bus/messages.hpp"

#include <string_view>

namespace postbus::bus {

/// Who is to be called for an operation that several versions of a service may have, such as
/// reading the events log: they share a database, so any will do. The first that has workers, else
/// the first that was ever announced; null when none was.
const registry_entry* served_entry(const registry_snapshot&, std::string_view operation);

} // namespace postbus::bus
