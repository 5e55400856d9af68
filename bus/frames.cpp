#include "bus/frames.hpp"

#include <cerrno>

namespace postbus::bus {

namespace {

constexpr std::size_t max_bodies = 4096;

// False when nothing is there.
bool take(zmq::socket_t& socket, zmq::message_t& frame) {
    while (zmq_msg_recv(frame.handle(), socket.handle(), ZMQ_DONTWAIT) < 0) {
        if (errno == EAGAIN) return false;
        if (errno != EINTR) throw zmq::error_t{};
    }
    return true;
}

// Called by ZeroMQ when the frame has left, on its own thread (named in tests/tsan.supp).
void release_sent_body(void*, void* owner) {
    delete static_cast<std::shared_ptr<const void>*>(owner);
}

zmq::message_t frame_of(const shared_body& body) {
    auto* owner = new std::shared_ptr<const void>{body.owner};
    // ZeroMQ only reads what it sends.
    return {const_cast<char*>(body.bytes.data()), body.bytes.size(), release_sent_body, owner};
}

} // namespace

std::string peer_address(const frames& received) {
    const char* known =
        received.records ? zmq_msg_gets(received.records->handle(), "Peer-Address") : nullptr;
    return known ? known : "an unknown address";
}

bool receive(zmq::socket_t& socket, bool addressed, frames& out) {
    out.address.clear();
    out.bodies.clear();
    auto records = std::make_shared<zmq::message_t>();
    if (addressed) {
        zmq::message_t address;
        if (!take(socket, address)) return false;
        out.address.assign(address.data<char>(), address.size());
        if (address.more() && !take(socket, *records)) return false;
    } else if (!take(socket, *records)) {
        return false;
    }
    bool more = records->more();
    out.records = std::move(records);
    while (more) {
        auto body = std::make_shared<zmq::message_t>();
        if (!take(socket, *body)) break;
        more = body->more();
        if (out.bodies.size() < max_bodies)
            out.bodies.push_back({body, {body->data<char>(), body->size()}});
    }
    return true;
}

sent send(zmq::socket_t& socket, std::string_view address, outbox& box) {
    try {
        const auto more = zmq::send_flags::dontwait | zmq::send_flags::sndmore;
        for (; !box.empty(); box.pop()) {
            const auto& [records, bodies, size] = box.front();
            if (!address.empty() && !socket.send(zmq::buffer(address), more))
                return sent::would_block;
            const auto last = bodies.empty() ? zmq::send_flags::dontwait : more;
            if (!socket.send(zmq::buffer(records), last)) return sent::would_block;
            for (std::size_t i = 0; i < bodies.size(); ++i)
                socket.send(frame_of(bodies[i]),
                            i + 1 == bodies.size() ? zmq::send_flags::dontwait : more);
        }
    } catch (const zmq::error_t& failed) {
        if (failed.num() == EHOSTUNREACH) return sent::unreachable;
        throw;
    }
    return sent::done;
}

} // namespace postbus::bus
