#include "services/kit/worker_counts.hpp"

#include "services/kit/fault_log.hpp"

namespace postbus::kit {

namespace {

// Operations that are shown by themselves.
constexpr std::size_t shown_operations = 64;

} // namespace

void worker_counts::add_to(bus::metric_report& out, const handler_table& table,
                           const batch_counts& batches) const {
    out.add("postbus_worker_turns_total", {}, turns);
    out.add("postbus_worker_batch_size", {}, batches.size);
    out.add("postbus_worker_commit_seconds", {}, batches.commit);
    out.add("postbus_worker_writes_recorded_total", {}, batches.recorded);
    out.add("postbus_worker_writes_replayed_total", {}, batches.replayed);
    out.add("postbus_worker_write_lock_wait_seconds", {}, lock_wait);
    refused.each([&](std::string_view reason, std::uint64_t count) {
        out.add("postbus_worker_refused_total", {reason}, count);
    });
    bus::log_histogram others;
    std::size_t shown = 0;
    for (const auto& op : table.operations()) {
        const auto& its = handlers[op->number];
        if (its.total() == 0) continue;
        if (shown++ < shown_operations)
            out.add("postbus_worker_handler_seconds", {op->facts.name}, its);
        else others += its;
    }
    if (shown > shown_operations)
        out.add("postbus_worker_handler_seconds", {bus::other_label}, others);
    const auto faults = fault_counts();
    for (const auto& [kind, count] : faults)
        if (count != 0) out.add("postbus_worker_database_faults_total", {kind}, count);
}

} // namespace postbus::kit
