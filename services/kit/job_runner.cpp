#include "services/kit/job_runner.hpp"

#include "services/kit/fault_log.hpp"

#include <algorithm>

namespace postbus::kit {

job_runner::job_runner(connection& db, any_store& store, event_log& log, std::vector<job> jobs,
                       run_limits limits)
    : db_{db}, store_{store}, log_{log}, limits_{limits} {
    for (auto& one : jobs) {
        const auto first =
            clock::now() + (one.at_start ? std::chrono::milliseconds{0} : one.interval);
        entries_.push_back({std::move(one), first});
    }
}

bool job_runner::due(clock::time_point now) const {
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const entry& one) { return one.next <= now; });
}

std::optional<std::int64_t> job_runner::run(clock::time_point now, std::int64_t now_unix_ms) {
    std::optional<std::int64_t> head;
    for (auto& one : entries_) {
        if (one.next > now) continue;
        const bool more = run_one(one.what, now_unix_ms, head);
        one.next = more ? now : now + one.what.interval;
    }
    return head;
}

bool job_runner::run_one(const job& what, std::int64_t now_unix_ms,
                         std::optional<std::int64_t>& head) {
    try {
        db_.begin_write();
        log_.begin(now_unix_ms);
        db_.limit_statements(clock::now() + limits_.statement_time);
        job_context context{&log_};
        const bool more = what.run(store_, context);
        db_.limit_statements(clock::time_point::max());
        const auto grown = log_.save();
        db_.commit();
        if (grown) head = grown;
        return more;
    } catch (...) {
        log_fault("job " + what.name, db_.current_fault());
        db_.limit_statements(clock::time_point::max());
        db_.rollback();
        return false;
    }
}

} // namespace postbus::kit
