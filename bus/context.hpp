#pragma once

#include <zmq.hpp>

#include <chrono>
#include <memory>
#include <span>

namespace postbus::bus {

/// The process's ZeroMQ context, with one I/O thread. It ends with the last that holds it, and then
/// waits for messages that still linger. Thread-safe.
std::shared_ptr<zmq::context_t> shared_context();

/// Limits that every socket of the bus has: message size, what waits inside ZeroMQ, and how long a
/// connection may be silent before it is given up.
void set_limits(zmq::socket_t&);

/// What a socket that listens has besides: thousands may connect at once.
void expect_many(zmq::socket_t&);

/// What a socket that connects has besides: it tries again soon, for as long as it takes.
void reconnect_soon(zmq::socket_t&);

/// Waits until one of the items is ready or the time is over. Being stopped and continued, or
/// traced, ends the wait early.
void wait_for(std::span<zmq::pollitem_t>, std::chrono::milliseconds);

/// One frame larger than this is refused by ZeroMQ itself: a body and a batch of records.
inline constexpr std::int64_t max_frame_size = 20 * 1024 * 1024;

} // namespace postbus::bus
