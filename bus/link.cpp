#include "bus/link.hpp"

namespace postbus::bus {

namespace {

zmq::socket_t dealer(zmq::context_t& context) {
    zmq::socket_t socket{context, zmq::socket_type::dealer};
    set_limits(socket);
    socket.set(zmq::sockopt::immediate, true);
    return socket;
}

} // namespace

link::link(const endpoint& where)
    : context_{shared_context()}, socket_{dealer(*context_)}, connection_{socket_, where,
                                                                          where.requests()} {}

link::change link::next_change() {
    const auto what = connection_.next_change();
    if (what == change::up) ++epoch_;
    if (what == change::up || what == change::down) {
        outbox_.clear();
        blocked_ = false;
    }
    if (what == change::refused) connection_.say_refused();
    return what;
}

void link::append(const record& r) {
    outbox_.append(r);
    if (outbox_.size() >= full_batch) flush();
}

bool link::flush() {
    blocked_ = up() && !outbox_.empty() && send(socket_, {}, outbox_) != sent::done;
    return outbox_.empty();
}

void link::linger(std::chrono::milliseconds time) {
    socket_.set(zmq::sockopt::linger, static_cast<int>(time.count()));
}

} // namespace postbus::bus
