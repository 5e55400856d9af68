#pragma once

#include "services/kit/handler_table.hpp"

#include <string>
#include <vector>

namespace postbus::kit {

/// The operations that every service has, called by name only: NAME.events (read its log),
/// NAME.events_read (a consumer says how far it is), NAME.parked and NAME.replay (events of others
/// that it could not process), NAME.sources (how far it has read them) and NAME.accept_source (when
/// one is not the log that was read so far). They are of the service, whichever version has them.
std::vector<entry> built_in_operations(const std::string& service);

} // namespace postbus::kit
