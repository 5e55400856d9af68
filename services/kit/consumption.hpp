#pragma once

#include "bus/endpoint.hpp"
#include "bus/metric_report.hpp"
#include "services/kit/fetcher.hpp"
#include "services/kit/inbox.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace postbus::kit {

/// A worker's part as a consumer: the logs of other services are fetched, and a page of one, or a
/// parked event, is applied in a commit of its own. Belongs to the thread of the turn.
class consumption {
public:
    using clock = std::chrono::steady_clock;

    /// `consumers` and the inbox must outlive it. `wake` is called when something has arrived.
    consumption(const std::vector<bus::endpoint>& brokers, std::string service,
                std::span<const consumer> consumers, inbox&, const kit::wake& wake);

    /// Takes in what was fetched meanwhile.
    void take_arrivals();
    /// Something is at hand that needs no wait.
    bool pending() const noexcept { return more_parked_ || !arrivals_.empty(); }
    /// There is reason to hold the write lock. Parked events are looked for once a second.
    bool due(clock::time_point now) const;
    /// One page, one parked event. Only under the write lock. The head of the worker's own events
    /// log, when it grew.
    std::optional<std::int64_t> serve(std::int64_t now_unix_ms);

    void add_to(bus::metric_report&) const;

private:
    struct pause {
        const consumer* of = nullptr;
        cursor at;
        clock::time_point until;
    };
    struct progress { // in another service's log
        std::int64_t seq = 0;
        std::uint64_t events = 0; // read by this worker
    };

    void end_pauses();
    std::optional<std::int64_t> apply_one(std::int64_t now_unix_ms);
    std::optional<std::int64_t> retry_one(std::int64_t now_unix_ms);
    void read_past(const consumer&, std::int64_t seq, std::size_t events);

    std::span<const consumer> consumers_;
    inbox& inbox_;
    std::deque<arrival> arrivals_;
    std::deque<pause> overrun_;      // where another worker was
    std::vector<progress> progress_; // by consumer
    clock::time_point looked_at_parked_{};
    bool more_parked_ = false;
    fetcher fetcher_; // ends before the rest
};

} // namespace postbus::kit
