#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string_view>

namespace postbus::tests {

/// TCP over 127.0.0.1, by file descriptors that belong to who asked for them.
sockaddr_in loopback(std::uint16_t port) noexcept;
/// Closed on exec. Throws std::system_error.
int tcp_socket();
/// False: nobody listens there.
bool connect_to(int fd, std::uint16_t port) noexcept;
/// A new one that does not wait for more to send (TCP_NODELAY). -1: not connected, and errno says
/// why. Throws std::system_error when there is none to be had (EMFILE).
int connected_to(std::uint16_t port);
/// False when the port is taken. 0 takes any that is free.
bool listen_at(int fd, std::uint16_t port) noexcept;
void send_at_once(int fd) noexcept; ///< TCP_NODELAY
/// False when the other end has gone, or the socket's time limit is over.
bool send_all(int fd, std::string_view bytes) noexcept;

} // namespace postbus::tests
