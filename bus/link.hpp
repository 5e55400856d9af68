#pragma once

#include "bus/context.hpp"
#include "bus/endpoint.hpp"
#include "bus/envelope.hpp"
#include "bus/frames.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace postbus::bus {

/// One connection to one broker: the DEALER, what waits to be sent, and whether it is up. ZeroMQ
/// reconnects it silently every 20 ms; the socket's monitor tells when, because everything that was
/// under way is lost then. Belongs to one thread.
class link {
public:
    explicit link(const endpoint&);
    ~link();
    link(const link&) = delete;
    link& operator=(const link&) = delete;

    enum class change { none, up, down };
    /// The next change of the connection, until none. Down clears the outbox.
    change next_change();
    bool up() const noexcept { return up_; }
    /// It is up, and does not take what the last flush tried to send.
    bool blocked() const noexcept { return blocked_; }
    /// Counts connects: tells what belonged to an earlier one.
    std::uint32_t epoch() const noexcept { return epoch_; }

    void append(const record&);
    /// Sends the outbox if the connection takes it; else keeps it. True when nothing is left.
    bool flush();
    bool receive(frames& out) { return bus::receive(socket_, false, out); }
    /// Gives what was sent up to `linger` to leave, when the link is destroyed.
    void linger(std::chrono::milliseconds);

    const endpoint& where() const noexcept { return where_; }
    zmq::socket_t& socket() noexcept { return socket_; }
    zmq::socket_t& monitor() noexcept { return monitor_; }

private:
    endpoint where_;
    std::shared_ptr<zmq::context_t> context_;
    zmq::socket_t socket_;
    zmq::socket_t monitor_;
    outbox outbox_;
    bool up_ = false;
    bool blocked_ = false;
    std::uint32_t epoch_ = 0;
};

} // namespace postbus::bus
