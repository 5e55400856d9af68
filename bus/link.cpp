#include "bus/link.hpp"

#include <atomic>
#include <cstring>

namespace postbus::bus {

link::link(const endpoint& where)
    : where_{where}, context_{shared_context()}, socket_{*context_, zmq::socket_type::dealer},
      monitor_{*context_, zmq::socket_type::pair} {
    set_limits(socket_);
    socket_.set(zmq::sockopt::immediate, true);
    reconnect_soon(socket_);
    static std::atomic<unsigned> next_monitor{0};
    const auto name = "inproc://postbus-monitor-" + std::to_string(next_monitor++);
    if (zmq_socket_monitor(socket_.handle(), name.c_str(),
                           ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED) != 0)
        throw zmq::error_t{};
    monitor_.set(zmq::sockopt::linger, 0);
    monitor_.connect(name);
    socket_.connect(where_.requests());
}

link::~link() {
    zmq_socket_monitor(socket_.handle(), nullptr, 0);
}

link::change link::next_change() {
    zmq::message_t event;
    zmq::message_t address;
    while (monitor_.recv(event, zmq::recv_flags::dontwait)) {
        if (event.more()) (void)monitor_.recv(address, zmq::recv_flags::dontwait);
        std::uint16_t what = 0;
        if (event.size() < sizeof what) continue;
        std::memcpy(&what, event.data(), sizeof what);
        if (what == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
            up_ = true;
            ++epoch_;
            outbox_.clear();
            return change::up;
        }
        if (what == ZMQ_EVENT_DISCONNECTED && up_) {
            up_ = blocked_ = false;
            outbox_.clear();
            return change::down;
        }
    }
    return change::none;
}

void link::append(const record& r) {
    outbox_.append(r);
    if (outbox_.size() >= full_batch) flush();
}

bool link::flush() {
    blocked_ = up_ && !outbox_.empty() && send(socket_, {}, outbox_) != sent::done;
    return outbox_.empty();
}

void link::linger(std::chrono::milliseconds time) {
    socket_.set(zmq::sockopt::linger, static_cast<int>(time.count()));
}

} // namespace postbus::bus
