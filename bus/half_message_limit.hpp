#pragma once

#include "bus/pending.hpp"
#include "bus/source_socket.hpp"

#include <zmq.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace postbus::bus {

/// Ends connections that send without end and never finish a message. ZeroMQ keeps the parts of a
/// message until the last one is there, counts none of them, and tells nobody: so this asks the
/// kernel how much came, and its owner what was read. For the socket's thread.
class half_message_limit {
public:
    /// Bytes without a whole message. A message of ours has at most a body, a meta and a batch.
    static constexpr std::uint64_t max_bytes = 64 * 1024 * 1024;
    static constexpr std::chrono::milliseconds sweep_interval{250};
    static constexpr std::chrono::milliseconds next_look{50};

    /// Watches all that will connect to `socket`, which must outlive it and not listen yet.
    explicit half_message_limit(zmq::socket_t& socket);
    ~half_message_limit();
    half_message_limit(const half_message_limit&) = delete;
    half_message_limit& operator=(const half_message_limit&) = delete;

    /// Notes those that have connected since.
    void look_for_new();
    /// A message of this connection was read since the last sweep. False: there is none such.
    bool heard(const source_socket&);
    /// To be called every sweep_interval, or after next_look if there are suspects. The addresses
    /// of those that are cut off: they have sent too much in two sweeps, so that one that was only
    /// not read yet is none of them.
    std::vector<std::string> sweep();
    bool suspects() const noexcept { return suspects_; }

private:
    struct connection {
        source_socket socket;
        std::uint64_t read_up_to = 0; // of the bytes that it has sent: no more than these
        bool heard = false;
        bool suspect = false;
    };

    zmq::socket_t& socket_;
    std::shared_ptr<zmq::context_t> context_;
    zmq::socket_t monitor_;
    boost::unordered_flat_map<int, connection> connections_; // by descriptor
    bool suspects_ = false;
};

} // namespace postbus::bus
