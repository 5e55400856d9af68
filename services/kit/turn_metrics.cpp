#include "bus/process_metrics.hpp"
#include "bus/unix_time.hpp"
#include "schemas/codec.hpp"
#include "services/kit/fault_log.hpp"
#include "services/kit/turn.hpp"

#include <algorithm>

namespace postbus::kit {

namespace {

constexpr auto between_metrics = std::chrono::seconds{1};

} // namespace

void turn::tell_metrics(clock::time_point now) {
    if (now - told_metrics_at_ < between_metrics || !worker_.accepted()) return;
    told_metrics_at_ = now;
    bus::worker_metrics told{.number = ++told_metrics_, .report = {}};
    auto& out = told.report;
    counts_.add_to(out, service_.operations, batch_.counts());
    out.add("postbus_worker_waiting_calls", {"reads"}, reads_.size() + reads_alone_.size());
    out.add("postbus_worker_waiting_calls", {"writes"}, writes_.size());
    out.add("postbus_worker_connects_total", {}, worker_.connects());
    out.add("postbus_worker_wal_bytes", {}, database_.writer().wal_bytes());
    if (pool_) {
        const auto waiting = pool_->waiting();
        const auto inside = pool_->size();
        out.add("postbus_worker_slow_calls", {"waiting"}, waiting);
        out.add("postbus_worker_slow_calls", {"running"}, inside - std::min(inside, waiting));
        out.add("postbus_worker_slow_threads", {}, pool_->threads());
    }
    if (consumption_) consumption_->add_to(out);
    try {
        if (reader_.db().connected())
            reader_.db().begin_read(), gauges_.add_to(out, bus::unix_ms());
    } catch (...) {
        log_fault("metrics of the events log", reader_.db().current_fault());
    }
    reader_.end();
    bus::add_process_metrics(out);
    worker_.tell_metrics(schemas::encode(told));
}

} // namespace postbus::kit
