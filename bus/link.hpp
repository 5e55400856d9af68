#pragma once

#include "bus/connection.hpp"
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
    link(const link&) = delete;
    link& operator=(const link&) = delete;

    using change = connection::change;
    /// The next change of the connection, until none. Up and down clear the outbox.
    change next_change();
    bool up() const noexcept { return connection_.up(); }
    /// It is up, and does not take what the last flush tried to send.
    bool blocked() const noexcept { return blocked_; }
    /// Why the broker wants nothing to do with this process; empty: it does.
    const std::string& refused() const noexcept { return connection_.refused(); }
    /// To be called several times a second.
    void retry(std::chrono::steady_clock::time_point now) { connection_.retry(now); }
    /// Counts connects: tells what belonged to an earlier one.
    std::uint32_t epoch() const noexcept { return epoch_; }

    void append(const record&);
    /// Sends the outbox if the connection takes it; else keeps it. True when nothing is left.
    bool flush();
    bool receive(frames& out) { return bus::receive(socket_, false, out); }
    /// Gives what was sent up to `linger` to leave, when the link is destroyed.
    void linger(std::chrono::milliseconds);

    zmq::socket_t& socket() noexcept { return socket_; }
    zmq::socket_t& monitor() noexcept { return connection_.monitor(); }

private:
    std::shared_ptr<zmq::context_t> context_;
    zmq::socket_t socket_;
    connection connection_;
    outbox outbox_;
    bool blocked_ = false;
    std::uint32_t epoch_ = 0;
};

} // namespace postbus::bus
