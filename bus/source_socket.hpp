#pragma once

#include <zmq.hpp>

#include <sys/types.h>

#include <string>

namespace postbus::bus {

/// The connection that a message came over: all that ZeroMQ tells of it, and the only way to end a
/// single one.
struct source_socket {
    int fd = -1;
    ino_t inode = 0; ///< a descriptor's number is used again, this is not

    /// Unknown when nothing, or no socket, is open there.
    static source_socket at(int fd) noexcept;

    bool known() const noexcept { return fd >= 0; }
    bool there() const noexcept;      ///< still open
    std::string peer_address() const; ///< IP, for logs
    bool operator==(const source_socket&) const = default;
};

/// Unknown for messages that ZeroMQ made itself, and when the connection is gone.
source_socket source_of(const zmq::message_t&);

/// Ends the connection, if it is still there. ZeroMQ finds it closed; so does the other end, which
/// connects again and is asked for its key again.
void shut(const source_socket&);

/// The public key (Z85) of whoever sent the message, as its handshake proved; empty without CURVE.
const char* sender_key(const zmq::message_t&);

} // namespace postbus::bus
