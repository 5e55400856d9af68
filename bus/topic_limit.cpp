#include "bus/topic_limit.hpp"

#include <algorithm>

namespace postbus::bus {

bool topic_limit::exceeded_by(const zmq::message_t& subscription) {
    // Those that ZeroMQ takes back itself, of a connection that ended, name none.
    const auto source = source_of(subscription);
    if (!source.known()) return false;
    auto& from = connections_[source.fd];
    if (from.socket != source) from = {source, 0};
    const auto size = subscription.size();
    if (size != 0 && *subscription.data<char>() == '\1') from.bytes += size;
    else from.bytes -= std::min(from.bytes, size);
    if (from.bytes <= max_bytes) return false;
    shut(source); // and ZeroMQ forgets its topics
    return true;
}

} // namespace postbus::bus
