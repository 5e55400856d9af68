#pragma once

#include "bus/worker.hpp"
#include "services/kit/batch.hpp"
#include "services/kit/consumption.hpp"
#include "services/kit/database.hpp"
#include "services/kit/inbox.hpp"
#include "services/kit/job_runner.hpp"
#include "services/kit/log_gauges.hpp"
#include "services/kit/reader.hpp"
#include "services/kit/service.hpp"
#include "services/kit/slow_pool.hpp"
#include "services/kit/wake.hpp"
#include "services/kit/wal_policy.hpp"
#include "services/kit/worker_counts.hpp"
#include "services/kit/write_queue.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace postbus::kit {

struct turn_options {
    std::vector<bus::endpoint> brokers{}; ///< where the logs of other services are read
    run_limits limits{};
    wal_limits wal{};
    std::size_t slow_threads = 4;
    std::chrono::milliseconds between_prunings{60'000}; ///< of the events log
};

/// A worker's loop: drain requests, reads in one read transaction, writes in one commit, replies
/// after it; then the events of others and its own jobs, in commits of their own. One thread, no
/// callbacks. While another process holds the write lock it goes on with reads and pings.
class turn {
public:
    turn(bus::worker&, const service&, database&, const wake&, turn_options options = {});
    ~turn();
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

    /// One turn. Waits at most `idle` when there is nothing to do.
    void step(std::chrono::milliseconds idle);

    /// Nothing is in this worker's hands.
    bool empty() const noexcept;
    /// The database now needs newer code than this: drain.
    bool outdated() const noexcept { return outdated_; }

private:
    using clock = std::chrono::steady_clock;

    void collect(std::chrono::milliseconds idle);
    void admit(bus::delivery);
    void serve_reads();
    void serve_read_alone();
    void take_finished();
    void serve_writes();
    bool own_work_due(clock::time_point now) const;
    void serve_own_work();
    void run_batch(clock::time_point now);
    void announce(std::optional<std::int64_t> head);
    void look_at_log(clock::time_point now);
    bool wal_takes_more(clock::time_point now);
    void checkpoint(clock::time_point now);
    void report(const batch::report&, clock::time_point now);
    void look_at_version(clock::time_point now);
    void refuse_hopeless(clock::time_point now);
    void refuse_writes(const answer&);
    void send(call&);
    void refuse(const bus::delivery&, bus::errc, bus::outcome);
    void tell_metrics(clock::time_point now);

    bus::worker& worker_;
    const service& service_;
    database& database_;
    const wake& wake_;
    turn_options options_;

    std::unique_ptr<any_store> store_; // on the connection that writes
    event_log log_;
    batch batch_;
    inbox inbox_;
    job_runner jobs_;
    reader reader_;
    query<std::int64_t()> oldest_code_;
    query<std::int64_t()> log_head_;
    log_gauges gauges_;
    std::unique_ptr<slow_pool> pool_; // null: no operation is slow
    wal_policy wal_;
    std::unique_ptr<consumption> consumption_; // null: it consumes nothing

    std::vector<bus::delivery> received_;
    std::deque<std::unique_ptr<call>> reads_;
    std::deque<std::unique_ptr<call>> reads_alone_;
    write_queue writes_;
    std::string meta_; // reused
    bus::call_id watermark_;
    clock::time_point said_ready_{};
    clock::time_point looked_at_version_{};
    clock::time_point announced_at_{};
    std::int64_t head_ = 0; // of our events log, as last seen
    worker_counts counts_;
    clock::time_point told_metrics_at_{};
    std::uint64_t told_metrics_ = 0; // how often
    bool outdated_ = false;
};

} // namespace postbus::kit
