#include "bus/context.hpp"

#include "bus/call_id.hpp"

#include <cerrno>
#include <cstdlib>
#include <mutex>

namespace postbus::bus {

std::shared_ptr<zmq::context_t> shared_context() {
    static std::mutex guard;
    static std::weak_ptr<zmq::context_t> current;
    const std::lock_guard lock{guard};
    auto context = current.lock();
    if (!context) {
        // A ROUTER names its peers from rand(): unseeded, a peer that claims the next name in line
        // aborts the process (libzmq 4.3.4).
        std::srand(static_cast<unsigned>(system_random()));
        current = context = std::make_shared<zmq::context_t>(1);
    }
    return context;
}

namespace {

// A cable that is pulled says nothing, and TCP waits: it sends again after 0.2, 0.4, ... 12.8 s, so
// that after 10 s of silence the next try, and with it the connection, may be another 10 s away; an
// end that only listens waits for ever. So both ends ask each other at this pace (ZMTP's PING,
// which ZeroMQ's own thread answers), and give the connection up when nothing has come for that
// long. Everything that was under way is then sent again over a new one. A stopped process looks
// the same; so does a new connection to it.
constexpr int ask_every_ms = 500;
constexpr int silent_for_ms = 2000;
// No PING gets into a connection that is stuck with much unsent. The kernel gives that one up.
constexpr int unacknowledged_for_ms = 3000;
// One SYN a try: the kernel would send the second after 1 s, the third after 3.
constexpr int connect_within_ms = 500;

} // namespace

void set_limits(zmq::socket_t& socket) {
    socket.set(zmq::sockopt::maxmsgsize, max_frame_size);
    socket.set(zmq::sockopt::sndhwm, 1000);
    socket.set(zmq::sockopt::rcvhwm, 1000);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::heartbeat_ivl, ask_every_ms);
    socket.set(zmq::sockopt::heartbeat_timeout, silent_for_ms);
    // The other end does so too, whatever it was told.
    socket.set(zmq::sockopt::heartbeat_ttl, silent_for_ms);
    socket.set(zmq::sockopt::handshake_ivl, silent_for_ms);
    socket.set(zmq::sockopt::tcp_maxrt, unacknowledged_for_ms);
}

void reconnect_soon(zmq::socket_t& socket) {
    socket.set(zmq::sockopt::reconnect_ivl, 20);
    socket.set(zmq::sockopt::connect_timeout, connect_within_ms);
}

void wait_for(std::span<zmq::pollitem_t> items, std::chrono::milliseconds time) {
    if (zmq_poll(items.data(), static_cast<int>(items.size()), time.count()) < 0 && errno != EINTR)
        throw zmq::error_t{};
}

} // namespace postbus::bus
