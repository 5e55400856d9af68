#include "services/kit/inbox.hpp"

#include "services/kit/fault_log.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace postbus::kit {

namespace {

constexpr std::int64_t first_pause_ms = 1000;
constexpr std::int64_t longest_pause_ms = 3'600'000;
constexpr auto between_complaints = std::chrono::minutes{1};

std::int64_t pause_after(std::int64_t attempts) {
    return std::min(first_pause_ms << std::min<std::int64_t>(attempts, 20), longest_pause_ms);
}

} // namespace

inbox::inbox(connection& db, any_store& store, event_log& log, run_limits limits)
    : db_{db}, store_{store}, log_{log}, limits_{limits}, cursors_{db.sql()}, parked_{db.sql()},
      changes_{db.sql()} {}

cursor inbox::where(const std::string& source, const cursor& otherwise) {
    try {
        return cursors_.load(source);
    } catch (...) {
        log_fault("the cursor of " + source, db_.current_fault());
        return otherwise;
    }
}

inbox::report inbox::apply(const arrival& what, std::int64_t now_unix_ms) {
    report out;
    const auto& page = what.page;
    const auto& source = what.to->source();
    if (const auto change = change_of(what.from, page); change != source_change::none)
        return note_change(what, change, now_unix_ms);
    if (page.events.empty()) return apply_nothing(what);
    try {
        db_.begin_write();
        log_.begin(now_unix_ms);
        lost_ = false;
        const cursor all{page.database, page.events.back().seq};
        if (!cursors_.move(source, what.from, all)) {
            db_.rollback();
            return out;
        }
        changes_.forget(source);
        if (what.from.database.empty() && page.events.front().seq > 1)
            spdlog::info("the events of {} are read from {} on: older ones are not kept", source,
                         page.events.front().seq);
        const auto reached = run_events(what, parked_.count() != 0, now_unix_ms);
        if (lost_) {
            db_.rollback();
            return out;
        }
        out.reached = {page.database, reached};
        if (reached != all.seq) cursors_.move(source, all, out.reached);
        if (commit(out) && suspect_of_ == source && reached >= suspect_) suspect_ = 0;
    } catch (...) {
        log_fault("events of " + source, db_.current_fault());
        db_.rollback();
    }
    return out;
}

inbox::report inbox::note_change(const arrival& what, source_change change, std::int64_t now) {
    report out;
    const auto& source = what.to->source();
    try {
        db_.begin_write();
        if (cursors_.load(source) != what.from) { // accepted meanwhile
            db_.rollback();
            return out;
        }
        const bool news = changes_.note(source, change, what.page, now);
        db_.commit();
        complain(what, change, news);
        out.how = state::changed;
    } catch (...) {
        log_fault("events of " + source, db_.current_fault());
        db_.rollback();
    }
    return out;
}

void inbox::complain(const arrival& what, source_change change, bool news) {
    auto& said = complained_[what.to->source()];
    if (!news && clock::now() - said < between_complaints) return;
    said = clock::now();
    spdlog::error("source-changed ({}): the log of {} is not the one that was read so far "
                  "(database {} up to {}; now {} with {} to {}). Nothing of it is read until an "
                  "operator accepts it: see `postbus events sources`",
                  name(change), what.to->source(), what.from.database, what.from.seq,
                  what.page.database, what.page.first, what.page.head);
}

// The log that was read so far may be back.
inbox::report inbox::apply_nothing(const arrival& what) {
    report out;
    const auto& source = what.to->source();
    try {
        if (changes_.holds(source)) {
            db_.begin_write();
            if (cursors_.load(source) != what.from) {
                db_.rollback();
                return out;
            }
            changes_.forget(source);
            db_.commit();
            spdlog::info("the log of {} is the one that was read so far again", source);
        }
        out.how = state::done;
        out.reached = what.from;
    } catch (...) {
        log_fault("events of " + source, db_.current_fault());
        db_.rollback();
    }
    return out;
}

// The seq of the last event that is done with.
std::int64_t inbox::run_events(const arrival& what, bool any_parked, std::int64_t now) {
    // At first one savepoint guards them all: with one for each, a server is asked three times as
    // often. When an event fails, they run again one by one.
    if (suspect_ == 0 || suspect_of_ != what.to->source()) {
        const auto mark = log_.mark();
        db_.savepoint();
        const auto reached = run_each(what, guard::page, any_parked, now);
        if (lost_) return what.from.seq;
        if (!reached) {
            db_.undo_to_savepoint();
            log_.undo(mark);
        }
        db_.release_savepoint();
        if (reached) return *reached;
    }
    return run_each(what, guard::event, any_parked, now).value_or(what.from.seq);
}

// Nothing: an event failed that has no savepoint of its own.
std::optional<std::int64_t> inbox::run_each(const arrival& what, guard has, bool any_parked,
                                            std::int64_t now) {
    const auto& source = what.to->source();
    const auto stop_at = clock::now() + limits_.batch_time;
    auto reached = what.from.seq;
    for (const auto& one : what.page.events) {
        if (reached != what.from.seq && clock::now() >= stop_at) break;
        const auto* handler = what.to->find(one.schema);
        if (handler) {
            const bool suspect = suspect_ == one.seq && suspect_of_ == source;
            if (suspect && reached != what.from.seq) break; // it gets a transaction of its own
            if (any_parked && parked_.holds(source, one.key)) {
                parked_.park(source, one, {}, 0);
            } else if (suspect && suspect_alone_) {
                park(source, one, "it takes its transaction with it", now);
            } else {
                std::string why;
                const auto how = run_one(*handler, one, has, why);
                if (how == ran::lost) {
                    suspect_alone_ = suspect || reached == what.from.seq;
                    suspect_of_ = source;
                    suspect_ = one.seq;
                    lost_ = true;
                    return reached;
                }
                if (how == ran::refused) {
                    if (has == guard::page) return std::nullopt;
                    park(source, one, why, now);
                    any_parked = true;
                }
            }
        }
        reached = one.seq;
        if (suspect_ == one.seq && suspect_of_ == source) break;
    }
    return reached;
}

inbox::ran inbox::run_one(const event_handler& handler, const event& what, guard has,
                          std::string& why) {
    const auto mark = log_.mark();
    if (has == guard::event) db_.savepoint();
    bool done = false;
    try {
        db_.limit_statements(clock::now() + limits_.statement_time);
        event_context context{&log_, what};
        const auto said = handler.run(store_, context);
        done = said.has_value();
        if (!done) why = said.error().detail;
    } catch (...) {
        const auto fault = db_.current_fault();
        db_.close_cursors();
        db_.limit_statements(clock::time_point::max());
        // One that runs again by itself says then what is wrong with it.
        const bool again = has == guard::page && db_.in_transaction();
        if (!again || fault.what == fault::kind::storage) log_fault(what.schema, fault);
        // Infrastructure parks nothing: the batch is given up and comes again.
        if (fault.what == fault::kind::storage) throw;
        why = fault.text;
    }
    db_.limit_statements(clock::time_point::max());
    if (!db_.in_transaction()) return ran::lost;
    if (has == guard::event) {
        if (!done) {
            db_.undo_to_savepoint();
            log_.undo(mark);
        }
        db_.release_savepoint();
    }
    return done ? ran::done : ran::refused;
}

void inbox::park(const std::string& source, const event& what, const std::string& why,
                 std::int64_t now) {
    spdlog::error("event {} of {} ({} {}) is parked: {}", what.seq, source, what.topic, what.key,
                  why);
    parked_.park(source, what, why, now + first_pause_ms);
}

bool inbox::commit(report& out) {
    const auto head = log_.save();
    db_.commit();
    out.how = state::done;
    out.head = head;
    return true;
}

std::optional<inbox::report> inbox::retry(std::span<const consumer> all, std::int64_t now) {
    report out;
    try {
        if (!parked_.due(now)) return std::nullopt;
        db_.begin_write();
        log_.begin(now);
        // Once more, under the lock: another worker may have done it meanwhile.
        const auto one = parked_.due(now);
        if (!one) {
            db_.rollback();
            return std::nullopt;
        }
        const auto to = std::find_if(all.begin(), all.end(),
                                     [&](const auto& c) { return c.source() == one->source; });
        const auto* handler = to == all.end() ? nullptr : to->find(one->event.schema);
        std::string why = "this program does not know its kind any more";
        const auto how = handler ? run_one(*handler, one->event, guard::event, why) : ran::refused;
        if (how == ran::lost) {
            db_.rollback();
            db_.begin_write();
            log_.begin(now);
            why = "it takes its transaction with it";
        }
        if (how == ran::done) {
            parked_.remove(*one);
            spdlog::info("event {} of {} ({} {}) is done after all", one->event.seq, one->source,
                         one->event.topic, one->event.key);
        } else {
            parked_.failed(*one, why, now + pause_after(one->attempts + 1));
        }
        commit(out);
    } catch (...) {
        log_fault("parked events", db_.current_fault());
        db_.rollback();
    }
    return out;
}

} // namespace postbus::kit
