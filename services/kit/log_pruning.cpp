#include "services/kit/log_pruning.hpp"

#include "services/kit/kit_store.hpp"

namespace postbus::kit {

namespace {

// Twice what a full batch of writes appends, so that an old log shrinks under any load.
constexpr std::int64_t events_a_run = 256;

} // namespace

job log_pruning(event_log& log, std::chrono::milliseconds interval) {
    return {"drop old events", interval,
            [&log](any_store&, job_context& now) {
                return log.prune(now.now_unix_ms() - keep_events.count(), events_a_run);
            },
            typeid(kit_store), true};
}

} // namespace postbus::kit
