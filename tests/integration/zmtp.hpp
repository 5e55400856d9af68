#pragma once

#include <string>
#include <string_view>

namespace postbus::tests {

// What both ends of a connection of ZeroMQ say first (ZMTP 3.0), for tests that do without its
// library.

/// Its 64 bytes. The mechanism is "NULL" where there are no keys, else "CURVE".
std::string zmtp_greeting(std::string_view mechanism);
/// The NULL mechanism's READY, behind the greeting, of a socket such as "DEALER".
std::string zmtp_ready(std::string_view socket);

} // namespace postbus::tests
