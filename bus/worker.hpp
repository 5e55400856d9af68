#pragma once

#include "bus/endpoint.hpp"
#include "bus/envelope.hpp"
#include "bus/messages.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::bus {

/// A request in a worker's hands, until it is replied to or refused.
struct delivery {
    call_id id;
    std::uint8_t flags = 0; ///< flag::write, slow, resent, alone
    std::chrono::steady_clock::time_point deadline;
    std::string_view meta; ///< cereal of call_meta
    std::string_view body;
    std::shared_ptr<const void> frames; ///< keeps meta and body alive
    std::uint32_t hand = 0;             ///< the worker's own entry
};

struct worker_options {
    std::vector<endpoint> brokers;
    std::uint32_t credits = 256;
    std::uint32_t slow_credits = 16;
};

/// A service's end of the bus: says READY to every broker (again after every reconnect), answers
/// pings, receives requests and sends replies. No threads and no callbacks of its own: it lives in
/// receive(). Belongs to one thread.
class worker {
public:
    worker(worker_options, service_description);
    ~worker();
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    const std::string& instance() const noexcept; ///< the random id that status shows

    /// Waits at most `timeout` for messages, or until `wake_fd` (-1: none) is readable; appends the
    /// requests that came, at most `limit`. Answers pings, takes cancels, says READY. Returns early
    /// when anything happened.
    void receive(std::vector<delivery>& out, std::size_t limit, std::chrono::milliseconds timeout,
                 int wake_fd = -1);

    /// The caller took it back: refuse it with errc::cancelled rather than begin it.
    bool cancelled(const delivery&) const noexcept;

    /// Answers; `meta` is cereal of reply_meta. Collected, and sent by flush() or receive().
    void reply(const delivery&, std::string_view meta, std::string_view body);
    void refuse(const delivery&, errc, outcome);
    void flush();

    /// Tells the brokers a new watermark and database time; sent with the next READY. `now` says
    /// READY at once.
    void set_watermark(const call_id&, std::int64_t database_unix_ms, bool now = false);

    /// Tells the brokers what to show of this worker: cereal of worker_metrics.
    void tell_metrics(std::string_view meta);
    std::uint64_t connects() const noexcept; ///< to brokers, so far

    /// Tells the brokers' subscribers how far this service's event log has come.
    void wake(std::int64_t head);

    bool connected() const noexcept;           ///< to one broker at least
    bool accepted() const noexcept;            ///< by one broker at least
    bool accepted_everywhere() const noexcept; ///< by every broker
    /// Why a broker refused this worker for good; empty: none did.
    const std::string& refused() const noexcept;

    /// Asks each broker for no more requests. Go on with receive() and answer what still comes.
    void drain();
    /// Every broker acknowledged (or is gone, or silent for 1.5 s) and everything received is
    /// answered.
    bool drained() const noexcept;
    /// Says DISCONNECT and closes, giving the last replies up to a second to leave.
    void close();

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

/// Which database a live service is served from, asked before a missing one is created: a worker
/// started in the wrong folder must not join with an empty shop. Waits until a broker answers, or
/// `keep_waiting` returns false (asked a few times a second). Empty: nobody serves it. While a
/// broker refuses this process's key it says so, and waits.
std::string served_database(const std::vector<endpoint>& brokers, std::string_view service_name,
                            const std::function<bool()>& keep_waiting);

} // namespace postbus::bus
