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
// end that only listens waits for ever. So the kernel asks who is silent, and gives a connection up
// when for so long nothing has come back: everything under way is then sent again over a new one.
// ZeroMQ's own heartbeats would do it too, and abort a process that is slow to read
// (docs/decisions/0021-the-kernel-gives-up-silent-connections.md).
constexpr int kernel_asks_after_s = 1;
constexpr int kernel_asks_every_s = 1;
constexpr int kernel_asks_times = 3;
constexpr int unacknowledged_for_ms = 3000;
constexpr int handshake_within_ms = 2000;
// When a broker is started again all its peers connect at once. Who finds no place tries again
// after a second.
constexpr int connecting_at_once = 4096;
// One SYN a try: the kernel would send the second after 1 s, the third after 3.
constexpr int connect_within_ms = 500;

} // namespace

void set_limits(zmq::socket_t& socket) {
    socket.set(zmq::sockopt::maxmsgsize, max_frame_size);
    socket.set(zmq::sockopt::sndhwm, 1000);
    socket.set(zmq::sockopt::rcvhwm, 1000);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::handshake_ivl, handshake_within_ms);
    socket.set(zmq::sockopt::tcp_keepalive, 1);
    socket.set(zmq::sockopt::tcp_keepalive_idle, kernel_asks_after_s);
    socket.set(zmq::sockopt::tcp_keepalive_intvl, kernel_asks_every_s);
    socket.set(zmq::sockopt::tcp_keepalive_cnt, kernel_asks_times);
    socket.set(zmq::sockopt::tcp_maxrt, unacknowledged_for_ms);
}

void expect_many(zmq::socket_t& socket) {
    socket.set(zmq::sockopt::backlog, connecting_at_once);
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
