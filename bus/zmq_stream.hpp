#pragma once

#include <zmq.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>

namespace postbus::bus {

/// Brings a ZeroMQ socket into an io_context. ZMQ_FD is edge-triggered, and every send or receive
/// may swallow an edge; this is the only place that knows. Belongs to the io_context's thread.
class zmq_stream {
public:
    /// `drain` receives until there is nothing more, or until it has had enough for one turn; true
    /// then means that more may be there.
    zmq_stream(boost::asio::io_context&, zmq::socket_t&, std::function<bool()> drain);
    ~zmq_stream();
    zmq_stream(const zmq_stream&) = delete;
    zmq_stream& operator=(const zmq_stream&) = delete;

    /// To be called after every send.
    void after_send();

private:
    struct state;
    std::shared_ptr<state> state_; // outlives this for the handlers that are under way
};

} // namespace postbus::bus
