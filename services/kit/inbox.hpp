#pragma once

#include "services/kit/connection.hpp"
#include "services/kit/consumer.hpp"
#include "services/kit/cursors.hpp"
#include "services/kit/parked_events.hpp"
#include "services/kit/run_limits.hpp"
#include "services/kit/source_change.hpp"
#include "services/kit/store.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

namespace postbus::kit {

/// A stretch of another service's log, as it was asked for after `from`.
struct arrival {
    const consumer* to = nullptr;
    cursor from;
    schemas::events_v1::page page;
};

/// The events of others, many to a commit: the cursor moves first, what fails is undone to a
/// savepoint, and what they change and publish commits with the cursor. A handler may run twice for
/// an event, in effect once. Only under the write lock.
class inbox {
public:
    inbox(connection&, any_store&, event_log&, run_limits limits = {});

    enum class state {
        done,    ///< committed up to `reached`
        overrun, ///< another worker was there, or the database refused: ask again after a pause
        changed, ///< the log is not the one that was read so far (see source_change): an operator
                 ///< decides, nothing of it is done
    };
    struct report {
        state how = state::overrun;
        cursor reached;                   ///< where to read on
        std::optional<std::int64_t> head; ///< of our own log, when it grew
    };
    report apply(const arrival&, std::int64_t now_unix_ms);

    /// Tries one parked event again whose time has come. Nothing: none is due.
    std::optional<report> retry(std::span<const consumer>, std::int64_t now_unix_ms);

    /// Where the cursor is; `otherwise` when the database cannot tell.
    cursor where(const std::string& source, const cursor& otherwise = {});

private:
    enum class guard { page, event }; // which has the savepoint
    using clock = std::chrono::steady_clock;
    enum class ran { done, refused, lost }; // lost: the transaction is gone

    report note_change(const arrival&, source_change, std::int64_t now_unix_ms);
    void complain(const arrival&, source_change, bool news);
    report apply_nothing(const arrival&);
    std::int64_t run_events(const arrival&, bool any_parked, std::int64_t now_unix_ms);
    std::optional<std::int64_t> run_each(const arrival&, guard, bool any_parked,
                                         std::int64_t now_unix_ms);
    ran run_one(const event_handler&, const event&, guard, std::string& why);
    void park(const std::string& source, const event&, const std::string& why, std::int64_t now);
    bool commit(report&);

    connection& db_;
    any_store& store_;
    event_log& log_;
    run_limits limits_;
    cursors cursors_;
    parked_events parked_;
    source_changes changes_;
    std::map<std::string, clock::time_point> complained_; // when, about which source
    bool lost_ = false;                                   // in this transaction
    std::string suspect_of_;                              // source of
    std::int64_t suspect_ = 0; // the event that took a transaction with it; 0: none
    bool suspect_alone_ = false;
};

} // namespace postbus::kit
