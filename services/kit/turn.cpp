#include "services/kit/turn.hpp"

#include "bus/process_metrics.hpp"
#include "bus/unix_time.hpp"
#include "schemas/codec.hpp"
#include "services/kit/fault_log.hpp"
#include "services/kit/log_pruning.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace postbus::kit {

namespace {

using bus::errc;
using bus::outcome;
using bus::unix_ms;
using std::chrono::milliseconds;

// How often a worker that waits for the write lock looks after its holder.
constexpr auto look_interval = std::chrono::milliseconds{50};
constexpr milliseconds between_flushes{10};
constexpr auto between_readies = std::chrono::milliseconds{250};
constexpr auto between_version_looks = std::chrono::seconds{1};
constexpr auto between_wakes = std::chrono::seconds{1};
constexpr auto kept_at_least = std::chrono::seconds{60};
constexpr int kept_time_limits = 4;

std::chrono::milliseconds kept(const handler_table& table) {
    return std::max<std::chrono::milliseconds>(kept_at_least,
                                               kept_time_limits * table.longest_write_limit());
}

std::vector<job> all_jobs(const service& what, event_log& log, const turn_options& options) {
    auto out = what.jobs;
    out.push_back(log_pruning(log, options.between_prunings));
    return out;
}

std::vector<call*> pointers(const std::vector<std::unique_ptr<call>>& calls) {
    std::vector<call*> out;
    out.reserve(calls.size());
    for (const auto& c : calls) out.push_back(c.get());
    return out;
}

} // namespace

turn::turn(bus::worker& worker, const service& what, database& db, const wake& wake,
           turn_options options)
    : worker_{worker}, service_{what}, database_{db}, wake_{wake}, options_{options},
      store_{what.store.make(db.writer().sql())}, log_{db.writer().sql()},
      batch_{db.writer(),
             *store_,
             log_,
             kept(what.operations),
             static_cast<std::int64_t>(what.migrations.size()),
             options.limits},
      inbox_{db.writer(), *store_, log_, options.limits}, jobs_{db.writer(), *store_, log_,
                                                                all_jobs(what, log_, options),
                                                                options.limits},
      reader_{db.url(), what.store, options.limits},
      oldest_code_{reader_.db().sql(), "SELECT oldest_code FROM postbus_database"},
      log_head_{reader_.db().sql(), "SELECT head FROM postbus_event_log"},
      gauges_{reader_.db().sql()}, wal_{options.wal} {
    counts_.handlers.resize(what.operations.operations().size());
    // Foreign programs may lock the file too; a batch must not wait for them longer than a ping
    // can.
    db.writer().busy_timeout(options.limits.statement_time);
    watermark_ = batch_.watermark();
    worker_.set_watermark(watermark_, unix_ms());
    if (what.operations.any_slow())
        pool_ = std::make_unique<slow_pool>(options.slow_threads, db.url(), what.store, wake);
    if (what.consumers.empty() || options.brokers.empty()) return;
    consumption_ =
        std::make_unique<consumption>(options.brokers, what.name, what.consumers, inbox_, wake);
}

// Statements of the connection that writes end with this.
turn::~turn() {
    database_.lock().stop_waiting();
}

void turn::step(std::chrono::milliseconds idle) {
    if (!reads_.empty() || !reads_alone_.empty()) idle = {};
    else if (!writes_.empty() || (consumption_ && consumption_->pending()))
        idle = database_.lock().waiting() ? look_interval : std::chrono::milliseconds{0};
    collect(idle);
    serve_reads();
    serve_read_alone();
    take_finished();
    if (consumption_) consumption_->take_arrivals();
    serve_writes();
    worker_.flush();
    ++counts_.turns;
    const auto now = clock::now();
    look_at_version(now);
    look_at_log(now);
    tell_metrics(now);
}

bool turn::empty() const noexcept {
    return reads_.empty() && reads_alone_.empty() && writes_.empty() &&
           (!pool_ || pool_->size() == 0);
}

void turn::collect(std::chrono::milliseconds idle) {
    received_.clear();
    worker_.receive(received_, 2 * options_.limits.batch, idle, wake_.fd());
    wake_.clear();
    for (auto& delivery : received_) admit(std::move(delivery));
}

// Decides where a request goes; what is wrong with it by itself is answered here.
void turn::admit(bus::delivery delivery) {
    const auto now = clock::now();
    if (worker_.cancelled(delivery))
        return refuse(delivery, errc::cancelled, outcome::not_executed);
    if (now >= delivery.deadline) return refuse(delivery, errc::expired, outcome::not_executed);
    auto meta = schemas::decode<bus::call_meta>(delivery.meta);
    if (!meta) return refuse(delivery, errc::malformed, outcome::not_executed);

    auto c = std::make_unique<call>();
    c->delivery = std::move(delivery);
    c->alone = (c->delivery.flags & bus::flag::alone) != 0;
    c->meta = std::move(*meta);
    c->op = service_.operations.find(c->meta.operation);
    if (!c->op) return refuse(c->delivery, errc::unknown_service, outcome::not_executed);
    c->request = c->op->bind(c->meta, c->delivery.body, c->reply);
    if (!c->request) return send(*c);

    if (c->op->facts.slow) pool_->start(std::move(c));
    else if (!c->op->facts.safe) writes_.push(std::move(c), now);
    else if (c->alone) reads_alone_.push_back(std::move(c));
    else reads_.push_back(std::move(c));
}

void turn::serve_reads() {
    const auto stop_at = clock::now() + options_.limits.batch_time;
    auto flush_at = stop_at - options_.limits.batch_time + between_flushes;
    for (auto now = clock::now(); !reads_.empty() && now < stop_at; now = clock::now()) {
        if (now >= flush_at) { // these reads are slow: who has an answer should not wait for others
            worker_.flush();
            flush_at = now + between_flushes;
        }
        const auto c = std::move(reads_.front());
        reads_.pop_front();
        if (now >= c->delivery.deadline) c->finish(refused(errc::expired, outcome::not_executed));
        else reader_.run(*c, now + options_.limits.statement_time);
        send(*c);
    }
    reader_.end();
}

// It may take the worker with it: what is done already leaves first.
void turn::serve_read_alone() {
    if (reads_alone_.empty() || !reads_.empty()) return;
    const auto c = std::move(reads_alone_.front());
    reads_alone_.pop_front();
    worker_.flush();
    if (const auto now = clock::now(); now >= c->delivery.deadline)
        c->finish(refused(errc::expired, outcome::not_executed));
    else reader_.run(*c, now + options_.limits.statement_time);
    reader_.end();
    send(*c);
}

void turn::take_finished() {
    if (!pool_) return;
    const auto now = clock::now();
    for (auto& c : pool_->take_finished()) {
        if (c->answered) send(*c);
        else writes_.push(std::move(c), now);
    }
}

void turn::serve_writes() {
    auto& lock = database_.lock();
    const auto now = clock::now();
    refuse_hopeless(now);
    if (writes_.empty() && !own_work_due(now)) {
        counts_.end_lock_wait(now);
        lock.release(); // a wait that is no longer wanted
        return;
    }
    if (!lock.try_acquire()) {
        counts_.begin_lock_wait(now);
        lock.wait();
        if (const auto trouble = lock.look_after(now)) {
            spdlog::error("no writes: {}", *trouble);
            refuse_writes(storage_problem(*trouble));
        }
        return;
    }
    counts_.end_lock_wait(now);
    if (wal_takes_more(now)) {
        if (!writes_.empty()) run_batch(now);
        worker_.flush();
        serve_own_work();
    } else {
        refuse_writes(storage_problem("the database's log is full: a reader holds it back"));
    }
    worker_.flush();
    checkpoint(clock::now());
    lock.release();
}

bool turn::own_work_due(clock::time_point now) const {
    return !outdated_ && (jobs_.due(now) || (consumption_ && consumption_->due(now)));
}

void turn::serve_own_work() {
    if (outdated_) return;
    announce(jobs_.run(clock::now(), unix_ms()));
    if (consumption_) announce(consumption_->serve(unix_ms()));
}

void turn::announce(std::optional<std::int64_t> head) {
    if (!head) return;
    head_ = *head;
    announced_at_ = clock::now();
    worker_.wake(head_);
}

// Wake-ups may be lost, and other workers write too.
void turn::look_at_log(clock::time_point now) {
    if (now - announced_at_ < between_wakes) return;
    announced_at_ = now;
    try {
        head_ = log_head_.one().value_or(0);
    } catch (...) {
        spdlog::warn("{}", reader_.db().current_fault().text);
    }
    if (head_ != 0) worker_.wake(head_);
}

void turn::run_batch(clock::time_point now) {
    auto taken = writes_.next(options_.limits.batch, now);
    if (taken.size() == 1) worker_.flush();
    const auto refs = pointers(taken);
    const auto done = batch_.run(refs, unix_ms());
    for (const auto& c : taken)
        if (c->answered) send(*c);
    std::erase_if(taken, [](const auto& c) { return c->answered; });
    writes_.put_back(std::move(taken), now);
    report(done, now);
    announce(done.head);
}

bool turn::wal_takes_more(clock::time_point now) {
    auto& db = database_.writer();
    if (!wal_.refuses_writes(db.wal_bytes())) return true;
    checkpoint(now);
    return !wal_.refuses_writes(db.wal_bytes());
}

void turn::checkpoint(clock::time_point now) {
    auto& db = database_.writer();
    const auto step = wal_.next(db.wal_bytes(), now);
    if (step == wal_policy::step::none) return;
    try {
        const bool finished =
            db.run_checkpoint(step == wal_policy::step::truncate ? connection::checkpoint::truncate
                                                                 : connection::checkpoint::passive);
        wal_.tried(finished, db.wal_bytes(), now);
    } catch (const database_error& e) {
        spdlog::warn("{}", e.what());
        wal_.tried(false, db.wal_bytes(), now);
    }
}

void turn::report(const batch::report& done, clock::time_point now) {
    outdated_ |= done.outdated;
    if (outdated_) refuse_writes(refused(errc::shutting_down, outcome::not_executed));
    // Gateways learn of a clock or watermark ahead of theirs from READY; soon, when calls failed.
    const bool tell = done.too_late && now - said_ready_ >= between_readies;
    if (!tell && (!done.watermark || *done.watermark == watermark_)) return;
    if (done.watermark) watermark_ = *done.watermark;
    if (tell) {
        spdlog::warn("calls older than the watermark were refused: their records may be pruned");
        said_ready_ = now;
    }
    worker_.set_watermark(watermark_, unix_ms(), tell);
}

// Another worker may have migrated the database to where this program cannot follow.
void turn::look_at_version(clock::time_point now) {
    if (now - looked_at_version_ < between_version_looks) return;
    looked_at_version_ = now;
    try {
        reader_.db().begin_read();
        outdated_ |= oldest_code_.one().value_or(0) > std::ssize(service_.migrations);
    } catch (...) {
        log_fault("the version of the tables", reader_.db().current_fault());
    }
    reader_.end();
}

void turn::refuse_hopeless(clock::time_point now) {
    for (const auto& c : writes_.take_if([&](const call& c) {
             return now >= c.delivery.deadline || worker_.cancelled(c.delivery);
         })) {
        const bool late = now >= c->delivery.deadline;
        refuse(c->delivery, late ? errc::expired : errc::cancelled,
               c->in_doubt ? outcome::unknown : outcome::not_executed);
    }
}

void turn::refuse_writes(const answer& reply) {
    for (const auto& c : writes_.take_if([](const call&) { return true; })) {
        c->finish(reply);
        send(*c);
    }
}

void turn::refuse(const bus::delivery& what, errc error, outcome known) {
    counts_.refused.count(error);
    worker_.refuse(what, error, known);
}

void turn::send(call& c) {
    if (c.ran) counts_.handlers[c.op->number].count(bus::micros(c.took));
    if (c.in_doubt) doubt(c.reply);
    if (c.reply.error != errc::ok) // broker and client know themselves how often it was sent
        return refuse(c.delivery, c.reply.error, c.reply.outcome);
    constexpr auto sent_before = bus::flag::resent | bus::flag::alone;
    if (!c.op->facts.safe && (c.delivery.flags & sent_before) != 0) doubt(c.reply);
    meta_.clear();
    schemas::encode(bus::reply_meta{c.reply.status, c.reply.fields}, meta_);
    worker_.reply(c.delivery, meta_, c.reply.body);
}

} // namespace postbus::kit
