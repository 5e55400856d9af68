#include "bus/topic_limit.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

namespace postbus::bus {

bool topic_limit::exceeded_by(const zmq::message_t& subscription) {
    // The name of the connection is all that ZeroMQ tells of a subscriber. Those that it takes back
    // itself, of a connection that ended, name none.
    const int fd = zmq_msg_get(const_cast<zmq::message_t&>(subscription).handle(), ZMQ_SRCFD);
    struct stat now {};
    if (fd < 0 || fstat(fd, &now) != 0 || !S_ISSOCK(now.st_mode)) return false;
    auto& from = connections_[fd];
    if (from.socket != now.st_ino) from = {now.st_ino, 0};
    const auto size = subscription.size();
    if (size != 0 && *subscription.data<char>() == '\1') from.bytes += size;
    else from.bytes -= std::min(from.bytes, size);
    if (from.bytes <= max_bytes) return false;
    shutdown(fd, SHUT_RDWR); // ZeroMQ finds it closed, and forgets its topics
    return true;
}

} // namespace postbus::bus
