#pragma once

#include "services/kit/connection.hpp"
#include "services/kit/job.hpp"
#include "services/kit/run_limits.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace postbus::kit {

/// When which job is due, and its run in a transaction of its own. Belongs to the worker's thread.
class job_runner {
public:
    using clock = std::chrono::steady_clock;

    job_runner(connection&, any_store&, event_log&, std::vector<job>, run_limits);

    bool due(clock::time_point now) const;
    /// Runs the jobs that are due. Only under the write lock. The head of the events log, when it
    /// grew. A job that fails is logged and tried again at its next time.
    std::optional<std::int64_t> run(clock::time_point now, std::int64_t now_unix_ms);

private:
    struct entry {
        job what;
        clock::time_point next;
    };

    bool run_one(const job&, std::int64_t now_unix_ms, std::optional<std::int64_t>& head);

    connection& db_;
    any_store& store_;
    event_log& log_;
    run_limits limits_;
    std::vector<entry> entries_;
};

} // namespace postbus::kit
