#include "bus/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

// libsystemd does the same and brings four libraries into every program. The protocol is promised
// to stay as it is, and sd_notify(3) shows how to speak it without the library.

namespace postbus::bus {

bool notify(std::string_view state) noexcept {
    const char* const named = std::getenv("NOTIFY_SOCKET");
    return notify(state, named ? named : "");
}

bool notify(std::string_view state, std::string_view path) noexcept {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() < 2 || path.size() >= sizeof address.sun_path) return true;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path.front() == '@') address.sun_path[0] = '\0'; // an abstract name
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return false;
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    const auto sent = sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), length);
    const bool later = sent < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS);
    close(fd);
    return !later;
}

} // namespace postbus::bus
