#include "bus/source_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

namespace postbus::bus {

namespace {

source_socket socket_at(int fd) {
    struct stat now {};
    if (fd < 0 || fstat(fd, &now) != 0 || !S_ISSOCK(now.st_mode)) return {};
    return {fd, now.st_ino};
}

} // namespace

source_socket source_of(const zmq::message_t& message) {
    return socket_at(zmq_msg_get(const_cast<zmq::message_t&>(message).handle(), ZMQ_SRCFD));
}

bool source_socket::there() const noexcept {
    return known() && socket_at(fd) == *this;
}

void shut(const source_socket& which) {
    if (which.there()) shutdown(which.fd, SHUT_RDWR);
}

const char* sender_key(const zmq::message_t& message) {
    const auto* const key = zmq_msg_gets(const_cast<zmq::message_t&>(message).handle(), "User-Id");
    return key != nullptr ? key : "";
}

} // namespace postbus::bus
