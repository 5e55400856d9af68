#pragma once

#include "bus/context.hpp"
#include "bus/endpoint.hpp"
#include "bus/frames.hpp"

#include <zmq.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace postbus::bus::tests {

/// A broker's socket, of which the test says when it reads.
struct far_end {
    far_end() : socket{*context, zmq::socket_type::router} {
        set_limits(socket);
        socket.set(zmq::sockopt::rcvhwm, 1);
        socket.bind("tcp://127.0.0.1:*");
        const auto bound = socket.get(zmq::sockopt::last_endpoint);
        where.port = static_cast<std::uint16_t>(std::stoi(bound.substr(bound.rfind(':') + 1)));
    }

    bool receive_within(std::chrono::milliseconds limit, frames& out) {
        zmq::pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
        zmq::poll(&item, 1, limit);
        return item.revents != 0 && bus::receive(socket, true, out);
    }

    std::shared_ptr<zmq::context_t> context = shared_context();
    zmq::socket_t socket;
    endpoint where{.host = "127.0.0.1"};
};

} // namespace postbus::bus::tests
