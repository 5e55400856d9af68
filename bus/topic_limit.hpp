#pragma once

#include "bus/source_socket.hpp"

#include <zmq.hpp>

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace postbus::bus {

/// What topics each connection to an XPUB has asked for, in bytes. The socket keeps them all, some
/// fifty bytes of memory for a byte, and cannot be told to refuse any; so a connection that asks
/// for too many is shut. For the thread
/// that reads the socket, which must be set to ZMQ_XPUB_VERBOSER.
class topic_limit {
public:
    static constexpr std::size_t max_bytes = 64 * 1024; ///< of one connection: 2,000 log's topics
    /// ZMQ_MAXMSGSIZE: any topic, and what else a handshake with CURVE sends.
    static constexpr std::int64_t max_message = 1024;

    /// True: this subscription was one too many, and its connection is shut.
    bool exceeded_by(const zmq::message_t& subscription);

private:
    struct connection {
        source_socket socket;
        std::size_t bytes = 0;
    };

    std::unordered_map<int, connection> connections_; // by descriptor: as many as there ever were
};

} // namespace postbus::bus
