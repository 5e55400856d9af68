#pragma once

#include "schemas/events_v1.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace postbus::schemas {

/// Appends an event of a service's log as CloudEvents 1.0 in JSON, on one line without its end.
/// `database` is the id of the database that the log is in.
void write_cloud_event(std::string_view service, std::string_view database, const events_v1::event&,
                       std::string& out);

/// "2026-01-31T12:00:00.000Z" (RFC 3339).
std::string rfc3339(std::int64_t unix_ms);

} // namespace postbus::schemas
