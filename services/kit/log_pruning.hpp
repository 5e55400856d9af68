#pragma once

#include "services/kit/event_log.hpp"
#include "services/kit/job.hpp"

#include <chrono>

namespace postbus::kit {

/// An event is kept this long at least, and after that until every consumer that asked for events
/// within this time has read it. Who asks for the first time later, or after a longer silence,
/// finds the log beginning with what is kept.
inline constexpr std::chrono::milliseconds keep_events = std::chrono::hours{24 * 7};

/// The job of every service that drops what need not be kept of its events log, which must outlive
/// it.
job log_pruning(event_log&, std::chrono::milliseconds interval);

} // namespace postbus::kit
