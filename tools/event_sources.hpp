#pragma once

namespace postbus::tools {

/// `postbus events sources`: how far services have read each other's events. Throws ended.
void event_sources(int argc, const char* const* argv);
/// `postbus events accept`: reads a log that is not the one that was read so far. Throws ended.
void accept_source(int argc, const char* const* argv);

} // namespace postbus::tools
