#include "tests/integration/loopback.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace postbus::tests {

sockaddr_in loopback(std::uint16_t port) noexcept {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

int tcp_socket() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) throw std::system_error{errno, std::generic_category(), "socket"};
    return fd;
}

bool connect_to(int fd, std::uint16_t port) noexcept {
    const auto at = loopback(port);
    return connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
}

int connected_to(std::uint16_t port) {
    const int fd = tcp_socket();
    send_at_once(fd);
    if (connect_to(fd, port)) return fd;
    const int why = errno;
    close(fd);
    errno = why;
    return -1;
}

bool listen_at(int fd, std::uint16_t port) noexcept {
    constexpr int waiting = 64;
    const auto at = loopback(port);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 &&
           listen(fd, waiting) == 0;
}

void send_at_once(int fd) noexcept {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool send_all(int fd, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const auto size = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

} // namespace postbus::tests
