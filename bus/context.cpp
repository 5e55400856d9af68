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

void set_limits(zmq::socket_t& socket) {
    socket.set(zmq::sockopt::maxmsgsize, max_frame_size);
    socket.set(zmq::sockopt::sndhwm, 1000);
    socket.set(zmq::sockopt::rcvhwm, 1000);
    socket.set(zmq::sockopt::linger, 0);
}

void wait_for(std::span<zmq::pollitem_t> items, std::chrono::milliseconds time) {
    if (zmq_poll(items.data(), static_cast<int>(items.size()), time.count()) < 0 && errno != EINTR)
        throw zmq::error_t{};
}

} // namespace postbus::bus
