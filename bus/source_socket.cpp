#include "bus/source_socket.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>

namespace postbus::bus {

source_socket source_socket::at(int fd) noexcept {
    struct stat now {};
    if (fd < 0 || fstat(fd, &now) != 0 || !S_ISSOCK(now.st_mode)) return {};
    return {fd, now.st_ino};
}

std::string source_socket::peer_address() const {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    std::array<char, NI_MAXHOST> text{};
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, text.data(),
                    static_cast<socklen_t>(text.size()), nullptr, 0, NI_NUMERICHOST) != 0)
        return "an unknown address";
    return text.data();
}

source_socket source_of(const zmq::message_t& message) {
    return source_socket::at(zmq_msg_get(const_cast<zmq::message_t&>(message).handle(), ZMQ_SRCFD));
}

bool source_socket::there() const noexcept {
    return known() && at(fd) == *this;
}

void shut(const source_socket& which) {
    if (which.there()) shutdown(which.fd, SHUT_RDWR);
}

const char* sender_key(const zmq::message_t& message) {
    const auto* const key = zmq_msg_gets(const_cast<zmq::message_t&>(message).handle(), "User-Id");
    return key != nullptr ? key : "";
}

} // namespace postbus::bus
