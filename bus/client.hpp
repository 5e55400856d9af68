#pragma once

#include "bus/call_id.hpp"
#include "bus/endpoint.hpp"
#include "bus/errc.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace postbus::bus {

struct call_request {
    std::string_view service; ///< key, "users/1"
    bool write = false;
    bool slow = false;
    std::chrono::milliseconds time_limit{5000};
    std::string_view meta; ///< cereal of call_meta
    std::string_view body; ///< JSON
};

/// How a call ended. The views live for the duration of on_reply only.
struct call_reply {
    errc error = errc::ok; ///< not ok: the bus refused; meta and body are empty
    bus::outcome outcome = outcome::executed;
    std::string_view meta{}; ///< cereal of reply_meta
    std::string_view body{};
    std::chrono::milliseconds again_after{};    ///< with queue_full: how long it would have waited
    std::chrono::steady_clock::duration took{}; ///< since its start
};

/// Who made a call and waits for it. Called at most once a call, on the client's thread, never from
/// within client::start.
class call_observer {
public:
    virtual void on_reply(const call_reply&) = 0;

protected:
    ~call_observer() = default;
};

/// Names an open call: generation and slot. 0 names none.
enum class call_handle : std::uint64_t { none = 0 };

struct client_options {
    std::vector<endpoint> brokers;
    /// Calls in all, and the bytes that they carry. One more is refused with queue_full, and so is
    /// one to a service that has its share (bus/share.hpp) already.
    std::size_t max_open_calls = 16384;
    std::size_t max_open_bytes = 256U * 1024 * 1024;
    /// All calls take the same way, over one broker and, when that is lost, over the next: a
    /// service's only worker runs them in the order in which they were started.
    bool in_order = false;
};

/// Calls over the bus, many in flight. A call is sent again with its id when its broker went away;
/// calls are balanced over the connected brokers. Everything that was started within one turn of
/// the io_context leaves in one message. Every call ends: with its reply, a refusal, or
/// errc::expired. Belongs to the one thread that runs its io_context.
class client {
public:
    client(boost::asio::io_context&, client_options);
    ~client(); ///< open calls hear nothing more
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    /// Copies what it needs of the request before it returns. The observer must live until on_reply
    /// or cancel.
    call_handle start(const call_request&, call_observer&);
    /// Drops the call wherever it waits; its observer hears nothing more. A write that a worker has
    /// begun may still commit. Ignores a handle whose call has ended.
    void cancel(call_handle);

    bool connected() const noexcept; ///< to one broker at least
    std::size_t open_calls() const noexcept;
    std::uint64_t connects() const noexcept; ///< to brokers so far, the first included
    /// Why every broker wants nothing to do with this process, and what to do about it; empty: one
    /// of them does, or may. It goes on trying; until then calls that no broker has end at once,
    /// with errc::broker_unreachable.
    std::string refused() const;
    /// Makes the ids of calls from now on newer than the watermark, and not older than the clock of
    /// a database that is `ahead` of this machine's.
    void keep_ids_ahead_of(const call_id& watermark, std::chrono::milliseconds ahead);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace postbus::bus
