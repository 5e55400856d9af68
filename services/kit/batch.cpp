#include "services/kit/batch.hpp"

#include "services/kit/fault_log.hpp"
#include "services/kit/handler_run.hpp"

#include <algorithm>

namespace postbus::kit {

namespace {

constexpr std::int64_t records_between_prunings = 128;
constexpr auto time_between_prunings = std::chrono::seconds{1};
constexpr int batches_apart = 16;

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
    stop_at_ = clock::now() + limits_.batch_time;
    std::size_t taken = 0;
    auto how = run_together(calls, taken, out);
    if (how == ran::undo) how = run_all(calls, guard::call, taken, out);
    if (how == ran::lost) {
        // The engine took the whole transaction away: nothing of this batch has happened. Who loses
        // a connection may be innocent, once.
        auto& c = *calls[taken - 1];
        db_.rollback();
        if (calls.size() == 1 && (c.alone || db_.connected())) c.finish(std::move(c.reply));
        c.alone = true;
        return out;
    }
    const auto raised = prune(now_unix_ms);
    if (commit(calls.first(taken), out)) out.watermark = watermark_ = raised.value_or(watermark_);
    return out;
}

// At first one savepoint guards them all: with one for each, a server is asked half as often again,
// and SQLite copies the pages that each of them changes. Where some fail, more will: then each has
// its own for a while.
batch::ran batch::run_together(std::span<call* const> calls, std::size_t& taken, report& out) {
    if (calls.size() == 1 || apart_ > 0) {
        apart_ -= apart_ > 0;
        return ran::undo;
    }
    const auto inserted = inserted_;
    const auto mark = log_.mark();
    try {
        db_.savepoint();
        const auto how = run_all(calls, guard::batch, taken, out);
        if (how == ran::lost) return how;
        if (how == ran::undo) {
            undo_to_savepoint(mark);
            inserted_ = inserted;
            recorded_ = replayed_ = 0;
            apart_ = batches_apart;
        }
        db_.release_savepoint();
        return how;
    } catch (...) {
        log_fault("a batch", db_.current_fault());
        taken = std::max<std::size_t>(taken, 1);
        return ran::lost;
    }
}

batch::ran batch::run_all(std::span<call* const> calls, guard has, std::size_t& taken,
                          report& out) {
    auto how = ran::done;
    for (taken = 0; how == ran::done && taken < calls.size(); ++taken) {
        if (taken != 0 && clock::now() >= stop_at_) break;
        calls[taken]->tentative = has == guard::batch;
        how = run_one(*calls[taken], has, out);
    }
    return how;
}

bool batch::begin(std::span<call* const> calls, std::int64_t now_unix_ms, report& out) {
    now_unix_ms_ = now_unix_ms;
    recorded_ = replayed_ = 0;
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

batch::ran batch::run_one(call& c, guard has, report& out) {
    if (c.answered) return ran::done; // when they ran together
    if (clock::now() >= c.delivery.deadline) {
        c.finish(refused(bus::errc::expired,
                         c.in_doubt ? bus::outcome::unknown : bus::outcome::not_executed));
        return ran::done;
    }
    std::optional<keyed_request> keyed;
    try {
        if (auto recorded = records_.find(c.delivery.id)) {
            c.reply = std::move(*recorded);
            ++replayed_;
            return ran::done;
        }
        if (c.delivery.id <= watermark_) {
            c.finish(refused(bus::errc::too_late, bus::outcome::unknown));
            out.too_late = true;
            return ran::done;
        }
        c.in_doubt = false; // under the lock and without a record: it did not happen
        keyed = keyed_request::of(c.meta, c.delivery.body);
        if (auto recorded = keyed ? keys_.find(*keyed) : std::nullopt) {
            c.reply = std::move(*recorded);
            ++replayed_;
            return ran::done;
        }
        if (has == guard::call) db_.savepoint();
    } catch (...) {
        const auto why = db_.current_fault();
        log_fault(c.op->facts.name, why);
        c.reply = storage_problem(describe(why));
        if (!db_.in_transaction()) return ran::lost;
        return has == guard::batch ? ran::undo : ran::done;
    }
    return run_handler(c, has, keyed);
}

batch::ran batch::run_handler(call& c, guard has, const std::optional<keyed_request>& keyed) {
    const auto mark = log_.mark();
    const auto changes = db_.sql().changes();
    const auto how =
        kit::run_handler(c, db_, store_, &log_, limits_, clock::now() + limits_.statement_time);
    // After any error the engine may have rolled everything back by itself (SQLITE_FULL, an
    // interrupted write); the next statement would then commit alone.
    if (!db_.in_transaction()) {
        if (how == kit::ran::done) c.reply = storage_problem("the database undid the request");
        return ran::lost;
    }
    if (has == guard::batch && how != kit::ran::done &&
        (how == kit::ran::not_told || db_.sql().changes() != changes))
        return ran::undo;
    try {
        if (has == guard::call && how != kit::ran::done) undo_to_savepoint(mark);
        if (how != kit::ran::not_told) {
            records_.insert(c.delivery.id, c.reply);
            if (keyed) keys_.insert(*keyed, c.reply, now_unix_ms_);
        }
        if (has == guard::call) db_.release_savepoint();
        inserted_ += how != kit::ran::not_told;
        recorded_ += how != kit::ran::not_told;
        return ran::done;
    } catch (...) {
        const auto why = db_.current_fault();
        log_fault(c.op->facts.name, why);
        c.reply = answer_to(why);
    }
    if (!db_.in_transaction()) return ran::lost;
    if (has == guard::batch) return ran::undo;
    try {
        undo_to_savepoint(mark);
        db_.release_savepoint();
        return ran::done;
    } catch (const database_error& e) {
        log_fault(c.op->facts.name, e.fault);
        return ran::lost;
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
        const auto begun = clock::now();
        db_.commit();
        counts_.commit.count(bus::micros(clock::now() - begun));
        counts_.size.count(calls.size());
        counts_.recorded += recorded_;
        counts_.replayed += replayed_;
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
