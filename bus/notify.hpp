#pragma once

#include <string_view>

namespace postbus::bus {

/// Tells whoever started this program how it is: "READY=1", "STOPPING=1", "STATUS=…". One datagram
/// to the socket that NOTIFY_SOCKET names, as in sd_notify(3), which systemd listens to and so does
/// `postbus up`. True when it was delivered or nobody wants to know; false: try again later.
/// Never blocks.
bool notify(std::string_view state) noexcept;
/// The same, to a socket that is known by other means; empty: nobody wants to know.
bool notify(std::string_view state, std::string_view socket) noexcept;

} // namespace postbus::bus
