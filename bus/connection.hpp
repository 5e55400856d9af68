#pragma once

#include "bus/context.hpp"
#include "bus/endpoint.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace postbus::bus {

/// A socket's way to one broker: connected with the keys that the endpoint has, and watched. ZeroMQ
/// connects again silently, every 20 ms, when a broker went away; it does not when a handshake was
/// refused, nor when what came was not fit to be read (a frame too large): then retry() does, ever
/// more slowly, or two seconds later. Belongs to the socket's thread.
class connection {
public:
    /// Connects `socket`, which must outlive it, to `address`, one of `where`'s two.
    connection(zmq::socket_t& socket, const endpoint& where, std::string address);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// `refused`: a broker is there and wants nothing to do with this process; see refused(). Told
    /// again every minute.
    enum class change { none, up, down, refused };
    /// What happened next, until none.
    change next_change();
    bool up() const noexcept { return up_; }
    /// Why, and what to do about it: one line that names the address and keys. Empty: it was not,
    /// or is accepted again.
    const std::string& refused() const noexcept { return refused_; }
    /// Logs refused(): once, however many connections of this process were refused alike.
    void say_refused() const;
    /// To be called several times a second.
    void retry(std::chrono::steady_clock::time_point now);

    zmq::socket_t& monitor() noexcept { return monitor_; }

private:
    change refuse(std::string why);
    change take_failure(std::uint16_t event, std::uint32_t value);

    zmq::socket_t& socket_;
    const endpoint where_;
    std::string address_;
    std::shared_ptr<zmq::context_t> context_;
    zmq::socket_t monitor_;
    bool up_ = false;
    std::string refused_;
    std::chrono::steady_clock::time_point said_;
    int broken_off_ = 0; // handshakes in a row that the other end did not finish
    std::chrono::steady_clock::time_point first_broken_off_;
    std::chrono::steady_clock::time_point last_broken_off_;
    std::chrono::milliseconds pause_;
    bool cut_ = false;      // by us: what is still told of the connection is old
    bool given_up_ = false; // by ZeroMQ, perhaps: it will not connect again
    std::chrono::steady_clock::time_point retry_at_;
};

} // namespace postbus::bus
