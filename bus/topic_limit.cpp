#include "bus/topic_limit.hpp"

#include <string_view>

namespace postbus::bus {

bool topic_limit::exceeded_by(const zmq::message_t& message) {
    // Those that ZeroMQ takes back itself, of a connection that ended, name none.
    const auto source = source_of(message);
    if (!source.known()) return false;
    auto& from = connections_[source.fd];
    if (from.socket != source) from = {source, 0, {}};
    const auto said = message.to_string_view();
    const auto topic = said.substr(said.empty() ? 0 : 1);
    if (said.starts_with('\1')) {
        if (from.topics.emplace(topic).second) from.bytes += said.size();
        if (from.bytes <= max_bytes) return false;
    } else if (said.starts_with('\0')) {
        if (from.topics.erase(std::string{topic}) != 0) from.bytes -= said.size();
        return false;
    }
    shut(source); // and ZeroMQ forgets its topics
    connections_.erase(source.fd);
    return true;
}

void topic_limit::sweep() {
    boost::unordered::erase_if(connections_,
                               [](const auto& one) { return !one.second.socket.there(); });
}

} // namespace postbus::bus
