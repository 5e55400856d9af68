#pragma once

#include "bus/envelope.hpp"

#include <zmq.hpp>

#include <memory>
#include <string>
#include <vector>

namespace postbus::bus {

/// One message as it came: perhaps a routing id or topic, a frame of records, and large bodies.
struct frames {
    std::string address; ///< routing id or topic; empty on a DEALER
    std::shared_ptr<zmq::message_t> records;
    std::vector<shared_body> bodies;

    std::string_view bytes() const {
        return records ? std::string_view{records->data<char>(), records->size()}
                       : std::string_view{};
    }
    record_reader reader() const { return {bytes(), bodies}; }
};

/// Where the message came from, as far as ZeroMQ knows: an IP address. For people.
std::string peer_address(const frames&);

/// False when nothing is there. `addressed`: the first frame is a routing id or a topic. A message
/// of a wrong shape comes without records.
bool receive(zmq::socket_t&, bool addressed, frames& out);

enum class sent { done, would_block, unreachable };

/// Sends what the outbox holds, each message behind the address frame if that is not empty; what
/// was sent is out of the outbox. Never blocks.
sent send(zmq::socket_t&, std::string_view address, outbox&);

} // namespace postbus::bus
