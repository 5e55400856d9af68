#pragma once

#include "services/kit/call.hpp"
#include "services/kit/call_records.hpp"
#include "services/kit/connection.hpp"
#include "services/kit/event_log.hpp"
#include "services/kit/idempotency_keys.hpp"
#include "services/kit/run_limits.hpp"
#include "services/kit/store.hpp"
#include "services/kit/worker_counts.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace postbus::kit {

/// Many writes, one commit: what a call changed is undone to a savepoint when it fails, and its
/// recorded reply stands beside its effect. Plain calls in, answers out; no answer is set before
/// the commit that it stands on succeeded. A handler may run twice for a call, in effect once. Only
/// under the write lock.
class batch {
public:
    /// `code` is the version of this program's tables (see migration::oldest_code). Throws
    /// database_error.
    batch(connection&, any_store&, event_log&, std::chrono::milliseconds keep_records,
          std::int64_t code, run_limits limits = {});

    /// As this process last saw it.
    const bus::call_id& watermark() const noexcept { return watermark_; }
    const batch_counts& counts() const noexcept { return counts_; }

    struct report {
        std::optional<bus::call_id> watermark; ///< as it is now; nothing: nothing was committed
        bool too_late = false; ///< a call was older than the watermark: gateways must be told
        bool outdated = false; ///< the database now needs newer code: nothing was run
        std::optional<std::int64_t> head; ///< of the events log, when it grew
    };

    /// Runs calls from the front until the time for a batch is over. Those that come back without
    /// an answer have had no effect and are to be run again: they were not begun, or the whole
    /// transaction was lost. Who lost it comes back with `alone` set; alone, it is answered. When
    /// the connection is lost in a commit, all come back `in_doubt`: run again, their records
    /// decide.
    report run(std::span<call* const>, std::int64_t now_unix_ms);

private:
    using clock = std::chrono::steady_clock;
    enum class guard { batch, call };    // which has the savepoint
    enum class ran { done, undo, lost }; // undo: to the batch's savepoint; lost: no transaction

    bool begin(std::span<call* const>, std::int64_t now_unix_ms, report&);
    ran run_together(std::span<call* const>, std::size_t& taken, report&);
    ran run_all(std::span<call* const>, guard, std::size_t& taken, report&);
    ran run_one(call&, guard, report&);
    ran run_handler(call&, guard, const std::optional<keyed_request>&);
    void undo_to_savepoint(std::int64_t events);
    bool commit(std::span<call* const>, report&);
    std::optional<bus::call_id> prune(std::int64_t now_unix_ms);

    connection& db_;
    any_store& store_;
    event_log& log_;
    call_records records_;
    idempotency_keys keys_;
    std::int64_t code_;
    run_limits limits_;
    bus::call_id watermark_;
    std::int64_t now_unix_ms_ = 0; // of the batch
    clock::time_point stop_at_{};  // the batch takes no more calls
    int apart_ = 0;                // so many batches to come have a savepoint for every call
    std::int64_t inserted_ = 0;    // records since the last pruning
    clock::time_point pruned_at_{};
    batch_counts counts_;
    std::uint64_t recorded_ = 0; // in this transaction
    std::uint64_t replayed_ = 0;
};

} // namespace postbus::kit
