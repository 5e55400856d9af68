#pragma once

#include "bus/source_socket.hpp"

#include <zmq.hpp>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace postbus::bus {

/// What topics each connection to an XPUB has asked for, in bytes. The socket keeps them all, some
/// fifty bytes of memory for a byte, and cannot be told to refuse any; so a connection that asks
/// for too many is shut, and so is one that says anything else than what it asks for and what not
/// any more. For the thread that reads the socket, which must be set to ZMQ_XPUB_VERBOSER.
class topic_limit {
public:
    static constexpr std::size_t max_bytes = 64 * 1024; ///< of one connection: 2,000 log's topics
    /// ZMQ_MAXMSGSIZE: any topic, and what else a handshake with CURVE sends.
    static constexpr std::int64_t max_message = 1024;

    /// True: this message was one too many, and its connection is shut.
    bool exceeded_by(const zmq::message_t&);
    /// Forgets what connections had that are gone.
    void sweep();

private:
    struct connection {
        source_socket socket;
        std::size_t bytes = 0;
        boost::unordered_flat_set<std::string> topics; // as ZeroMQ has them: each once
    };

    boost::unordered_flat_map<int, connection> connections_; // by descriptor
};

} // namespace postbus::bus
