#include "services/kit/batch.hpp"

#include "services/kit/fault_log.hpp"
#include "services/kit/handler_run.hpp"

namespace postbus::kit {

namespace {

constexpr std::int64_t records_between_prunings = 128;
constexpr auto time_between_prunings = std::chrono::seconds{1};

void answer_all(std::span<call* const> calls, const answer& reply) {
    for (auto* c : calls)
        if (!c->answered) c->finish(reply);
}

} // namespace

batch::batch(connection& db, any_store& store, event_log& log,
             std::chrono::milliseconds keep_records, std::int64_t code, run_limits limits)
    : db_{db}, store_{store}, log_{log}, records_{db.sql(), keep_records}, keys_{db.sql()},
      code_{code}, limits_{limits} {
    try {
        db_.begin_read();
        watermark_ = records_.load().watermark;
        db_.rollback();
    } catch (...) {
        throw database_error{db_.current_fault()};
    }
}

batch::report batch::run(std::span<call* const> calls, std::int64_t now_unix_ms) {
    report out;
    if (calls.empty() || !begin(calls, now_unix_ms, out)) return out;
    const auto stop_at = clock::now() + limits_.batch_time;
    std::size_t taken = 0;
    while (taken < calls.size() && (taken == 0 || clock::now() < stop_at)) {
        auto& c = *calls[taken++];
        if (run_one(c, out)) continue;
        // The engine took the whole transaction away: nothing of this batch has happened. Who loses
        // a connection may be innocent, once.
        db_.rollback();
        if (calls.size() == 1 && (c.alone || db_.connected())) c.finish(std::move(c.reply));
        c.alone = true;
        return out;
    }
    const auto raised = prune(now_unix_ms);
    if (commit(calls.first(taken), out)) out.watermark = watermark_ = raised.value_or(watermark_);
    return out;
}

bool batch::begin(std::span<call* const> calls, std::int64_t now_unix_ms, report& out) {
    now_unix_ms_ = now_unix_ms;
    for (bool again = true;; again = false) {
        try {
            db_.begin_write();
            log_.begin(now_unix_ms);
            const auto marks = records_.load();
            watermark_ = marks.watermark;
            out.outdated = marks.oldest_code > code_;
            if (!out.outdated) return true;
            break;
        } catch (...) {
            const auto why = db_.current_fault();
            if (why.lost && again) continue; // only this connection, perhaps
            log_fault("a batch cannot begin", why);
            for (auto* c : calls)
                if (!c->in_doubt) c->finish(storage_problem(describe(why)));
            break;
        }
    }
    db_.rollback();
    return false;
}

// False: the transaction is gone.
bool batch::run_one(call& c, report& out) {
    if (clock::now() >= c.delivery.deadline) {
        c.finish(refused(bus::errc::expired,
                         c.in_doubt ? bus::outcome::unknown : bus::outcome::not_executed));
        return true;
    }
    std::optional<keyed_request> keyed;
    try {
        if (auto recorded = records_.find(c.delivery.id)) {
            c.reply = std::move(*recorded);
            return true;
        }
        if (c.delivery.id <= watermark_) {
            c.finish(refused(bus::errc::too_late, bus::outcome::unknown));
            return out.too_late = true;
        }
        c.in_doubt = false; // under the lock and without a record: it did not happen
        keyed = keyed_request::of(c.meta, c.delivery.body);
        if (auto recorded = keyed ? keys_.find(*keyed) : std::nullopt) {
            c.reply = std::move(*recorded);
            return true;
        }
        db_.savepoint();
    } catch (...) {
        const auto why = db_.current_fault();
        log_fault(c.op->facts.name, why);
        c.reply = storage_problem(describe(why));
        return db_.in_transaction();
    }
    return run_in_savepoint(c, keyed);
}

bool batch::run_in_savepoint(call& c, const std::optional<keyed_request>& keyed) {
    const auto mark = log_.mark();
    const auto how =
        run_handler(c, db_, store_, &log_, limits_, clock::now() + limits_.statement_time);
    // After any error the engine may have rolled everything back by itself (SQLITE_FULL, an
    // interrupted write); the next statement would then commit alone.
    if (!db_.in_transaction()) {
        if (how == ran::done) c.reply = storage_problem("the database undid the request");
        return false;
    }
    try {
        if (how != ran::done) undo_to_savepoint(mark);
        if (how != ran::not_told) {
            records_.insert(c.delivery.id, c.reply);
            if (keyed) keys_.insert(*keyed, c.reply, now_unix_ms_);
        }
        db_.release_savepoint();
        inserted_ += how != ran::not_told;
        return true;
    } catch (...) {
        const auto why = db_.current_fault();
        log_fault(c.op->facts.name, why);
        c.reply = answer_to(why);
    }
    try {
        if (!db_.in_transaction()) return false;
        undo_to_savepoint(mark);
        db_.release_savepoint();
        return true;
    } catch (const database_error& e) {
        log_fault(c.op->facts.name, e.fault);
        return false;
    }
}

void batch::undo_to_savepoint(std::int64_t events) {
    db_.undo_to_savepoint();
    log_.undo(events);
}

bool batch::commit(std::span<call* const> calls, report& out) {
    bool committing = false;
    try {
        if (!db_.in_transaction())
            throw database_error{{fault::kind::storage, 0, "the transaction is gone"}};
        const auto head = log_.save();
        committing = true;
        db_.commit();
        out.head = head;
        for (auto* c : calls) c->answered = true;
        return true;
    } catch (...) {
        const auto why = db_.current_fault();
        log_fault("a batch is not committed", why);
        // Full or locked: the commit was not written. Else it may be in the log and come back when
        // the log is read after a crash, so nobody can say.
        const auto known =
            committing && !why.definite ? bus::outcome::unknown : bus::outcome::not_executed;
        db_.rollback();
        if (!db_.connected()) { // nobody's fault, and only a COMMIT on its way may have happened
            for (auto* c : calls) c->in_doubt |= committing && why.lost && !c->answered;
            return false;
        }
        if (calls.size() == 1) answer_all(calls, storage_problem(describe(why), known));
    }
    for (auto* c : calls) c->alone = true;
    return false;
}

std::optional<bus::call_id> batch::prune(std::int64_t now_unix_ms) {
    const auto now = clock::now();
    if (inserted_ < records_between_prunings && now - pruned_at_ < time_between_prunings) return {};
    try {
        db_.savepoint();
        // Twice what came in: an old heap shrinks, and no batch pays for all of it.
        const auto at_most = 2 * (inserted_ + records_between_prunings);
        const auto raised = records_.prune(now_unix_ms, at_most);
        keys_.prune(now_unix_ms, at_most);
        db_.release_savepoint();
        inserted_ = 0;
        pruned_at_ = now;
        return raised;
    } catch (...) {
        // Dropped records without their watermark would let a call run twice: undo both. When that
        // fails too, the transaction is gone and the commit finds out.
        log_fault("pruning call records", db_.current_fault());
        try {
            if (db_.in_transaction()) db_.undo_to_savepoint();
        } catch (const database_error& e) {
            log_fault("pruning call records", e.fault);
            db_.rollback();
        }
    }
    return {};
}

} // namespace postbus::kit
