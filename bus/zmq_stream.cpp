#include "bus/zmq_stream.hpp"

#include <boost/asio/post.hpp>

namespace postbus::bus {

namespace asio = boost::asio;

struct zmq_stream::state : std::enable_shared_from_this<state> {
    state(asio::io_context& io, zmq::socket_t& its_socket, std::function<bool()> its_drain)
        : socket{&its_socket}, descriptor{io, its_socket.get(zmq::sockopt::fd)}, drain{std::move(
                                                                                     its_drain)} {}

    void run() {
        if (!socket) return;
        if (drain()) post_drain();
    }

    void wait() {
        descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                              [self = shared_from_this()](boost::system::error_code failed) {
                                  if (failed || !self->socket) return;
                                  self->run();
                                  if (self->socket) self->wait();
                              });
    }

    void post_drain() {
        if (posted) return;
        posted = true;
        asio::post(descriptor.get_executor(), [self = shared_from_this()] {
            self->posted = false;
            self->run();
        });
    }

    zmq::socket_t* socket; // null once the stream is gone
    asio::posix::stream_descriptor descriptor;
    std::function<bool()> drain;
    bool posted = false;
};

zmq_stream::zmq_stream(asio::io_context& io, zmq::socket_t& socket, std::function<bool()> drain)
    : state_{std::make_shared<state>(io, socket, std::move(drain))} {
    state_->post_drain(); // what came before the first wait has spent its edge
    state_->wait();
}

zmq_stream::~zmq_stream() {
    state_->socket = nullptr;
    state_->descriptor.release(); // the descriptor is ZeroMQ's to close
}

void zmq_stream::after_send() {
    if (state_->socket->get(zmq::sockopt::events) & ZMQ_POLLIN) state_->post_drain();
}

} // namespace postbus::bus
