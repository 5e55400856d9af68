#include "bus/worker.hpp"

#include "bus/link.hpp"
#include "bus/liveness.hpp"
#include "schemas/codec.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace postbus::bus {

namespace {

using clock = std::chrono::steady_clock;
constexpr std::size_t frames_a_turn = 64;

std::string random_instance() {
    std::string out(16, '0');
    auto bits = system_random();
    for (auto& digit : out) digit = "0123456789abcdef"[bits & 15U], bits >>= 4U;
    return out;
}

} // namespace

class worker::impl {
public:
    impl(worker_options options, service_description description) : options_{std::move(options)} {
        said_.description = std::move(description);
        said_.instance = random_instance();
        said_.pid = ::getpid();
        said_.credits = options_.credits;
        said_.slow_credits = options_.slow_credits;
        key_ = said_.description.key();
        for (const auto& where : options_.brokers) {
            lines_.push_back(std::make_unique<line>(where));
            poll_items_.push_back({lines_.back()->wire.socket().handle(), 0, ZMQ_POLLIN, 0});
            poll_items_.push_back({lines_.back()->wire.monitor().handle(), 0, ZMQ_POLLIN, 0});
        }
    }

    void receive(std::vector<delivery>& out, std::size_t limit, std::chrono::milliseconds timeout,
                 int wake_fd) {
        flush();
        const auto before = out.size();
        take_all(out, limit);
        if (out.size() != before) return flush();
        auto items = poll_items_;
        if (wake_fd >= 0) items.push_back({nullptr, wake_fd, ZMQ_POLLIN, 0});
        wait_for(items, timeout);
        take_all(out, limit);
        flush();
    }

    bool cancelled(const delivery& d) const { return hands_[d.hand].cancelled; }

    void reply(const delivery& d, std::string_view meta, std::string_view body) {
        answer(d, {}, outcome::executed, meta, body);
    }
    void refuse(const delivery& d, errc error, outcome known) { answer(d, error, known, {}, {}); }

    void flush() {
        for (auto& one : lines_) one->wire.flush();
    }

    void set_watermark(const call_id& watermark, std::int64_t database_unix_ms, bool now) {
        said_.watermark = watermark;
        said_.database_unix_ms = database_unix_ms;
        database_asked_ = clock::now();
        if (!now) return;
        for (auto& one : lines_)
            if (one->wire.up() && !one->wire.blocked()) say_ready(*one);
    }

    void wake(std::int64_t log) {
        const auto& mine = said_.description;
        const auto meta = schemas::encode(log_head{mine.name, mine.database_id, log});
        for (auto& one : lines_) // a broker that does not read misses it: there will be others
            if (one->accepted && !one->wire.blocked())
                one->wire.append({.head = head_of(kind::wake), .meta = meta});
    }

    void tell_metrics(std::string_view meta) {
        for (auto& one : lines_)
            if (one->accepted) one->wire.append({.head = head_of(kind::heartbeat), .meta = meta});
    }

    std::uint64_t connects() const {
        std::uint64_t out = 0;
        for (const auto& one : lines_) out += one->wire.epoch();
        return out;
    }

    bool connected() const {
        return std::any_of(lines_.begin(), lines_.end(),
                           [](const auto& one) { return one->wire.up(); });
    }
    bool accepted() const {
        return std::any_of(lines_.begin(), lines_.end(),
                           [](const auto& one) { return one->accepted; });
    }

    bool accepted_everywhere() const {
        return std::all_of(lines_.begin(), lines_.end(),
                           [](const auto& one) { return one->accepted; });
    }

    void drain() {
        draining_ = true;
        for (auto& one : lines_) {
            one->heard_at = clock::now();
            say_drain(*one);
        }
        flush();
    }

    bool drained() const {
        const auto now = clock::now();
        const bool acknowledged = std::all_of(lines_.begin(), lines_.end(), [&](const auto& one) {
            return one->drained || !one->wire.up() || now - one->heard_at >= liveness::frozen_after;
        });
        return acknowledged && free_hands_.size() == hands_.size();
    }

    void close() {
        for (auto& one : lines_) {
            if (one->wire.up()) one->wire.append({.head = head_of(kind::disconnect)});
            one->wire.flush();
            one->wire.linger(std::chrono::seconds{1});
        }
        poll_items_.clear();
        lines_.clear();
    }

    const std::string& instance() const { return said_.instance; }
    const std::string& refused() const { return refused_; }

private:
    struct line {
        explicit line(const endpoint& where) : wire{where} {}

        link wire;
        bool accepted = false;
        bool drained = false;         // the broker will send no more
        clock::time_point heard_at{}; // while draining: one that is frozen is not waited for
        std::uint64_t incarnation = 0;
    };

    // A request that this worker has and has not answered.
    struct hand {
        bool used = false;
        bool cancelled = false;
        bool slow = false;
        std::uint32_t line = 0;
        std::uint64_t slot = 0;
        call_id id;
        clock::time_point deadline;
    };

    head head_of(kind what) const { return {.kind = what, .service = key_}; }

    void take_all(std::vector<delivery>& out, std::size_t limit) {
        const auto most = out.size() + limit;
        ++first_line_; // each is the first in turn: a busy one does not keep the others silent
        for (std::size_t n = 0; n < lines_.size(); ++n)
            take_from(static_cast<std::uint32_t>((first_line_ + n) % lines_.size()), out, most);
    }

    void take_from(std::uint32_t index, std::vector<delivery>& out, std::size_t most) {
        auto& one = *lines_[index];
        watch(one);
        frames message;
        for (std::size_t n = 0; n < frames_a_turn && out.size() < most; ++n) {
            if (!one.wire.receive(message)) break;
            if (draining_) one.heard_at = clock::now();
            take(index, message, out);
        }
    }

    void watch(line& one) {
        for (auto change = one.wire.next_change(); change != link::change::none;
             change = one.wire.next_change()) {
            one.accepted = one.drained = false;
            if (change != link::change::up) continue;
            say_ready(one);
            if (draining_) say_drain(one);
            one.wire.flush();
        }
        if (!one.wire.up()) one.wire.retry(clock::now());
    }

    void take(std::uint32_t index, const frames& message, std::vector<delivery>& out) {
        auto& one = *lines_[index];
        auto reader = message.reader();
        record r;
        while (reader.next(r)) {
            switch (r.head.kind) {
            case kind::request: out.push_back(hold(index, r, message)); break;
            case kind::cancel: cancel(index, r.head); break;
            case kind::drain: one.drained = true; break;
            case kind::heartbeat:
                // A ping is empty and wants an answer; with meta it accepts our READY.
                if (r.meta.empty()) one.wire.append({.head = head_of(kind::heartbeat)});
                else if (const auto notice = schemas::decode<broker_notice>(r.meta)) {
                    one.accepted = true;
                    one.incarnation = notice->incarnation;
                }
                break;
            case kind::disconnect:
                if (const auto notice = schemas::decode<broker_notice>(r.meta); notice) {
                    one.accepted = false;
                    if (notice->reason.empty()) {
                        say_ready(one);
                        one.drained = false;
                        if (draining_) say_drain(one);
                    } else refused_ = notice->reason;
                }
                break;
            default: break;
            }
        }
    }

    delivery hold(std::uint32_t index, const record& r, const frames& message) {
        if (free_hands_.empty()) {
            free_hands_.push_back(static_cast<std::uint32_t>(hands_.size()));
            hands_.emplace_back();
        }
        const auto at = free_hands_.back();
        free_hands_.pop_back();
        const auto deadline = clock::now() + std::chrono::milliseconds{r.head.time_left_ms};
        hands_[at] = {.used = true,
                      .cancelled = false,
                      .slow = r.head.has(flag::slow),
                      .line = index,
                      .slot = r.head.slot,
                      .id = r.head.id,
                      .deadline = deadline};
        const auto frames = r.detached.owner
                                ? std::make_shared<both>(both{message.records, r.detached.owner})
                                : std::shared_ptr<const void>{message.records};
        return {r.head.id, r.head.flags, deadline, r.meta, r.body, frames, at};
    }

    void cancel(std::uint32_t index, const head& what) {
        for (auto& one : hands_)
            if (one.used && one.line == index && one.id == what.id) one.cancelled = true;
    }

    void answer(const delivery& d, errc error, outcome known, std::string_view meta,
                std::string_view body) {
        auto& mine = hands_[d.hand];
        auto& to = lines_[mine.line]->wire;
        // On a new connection the broker finds it by its id, among those that READY named.
        const head h{.kind = kind::reply,
                     .error = error,
                     .outcome = known,
                     .slot = mine.slot,
                     .id = mine.id,
                     .service = key_};
        if (to.up()) to.append({.head = h, .meta = meta, .body = body});
        mine.used = false;
        free_hands_.push_back(d.hand);
    }

    void say_ready(line& one) {
        const auto now = clock::now();
        auto said = said_;
        said.broker_incarnation = one.incarnation;
        if (said.database_unix_ms != 0)
            said.database_unix_ms +=
                std::chrono::duration_cast<std::chrono::milliseconds>(now - database_asked_)
                    .count();
        for (const auto& mine : hands_) {
            if (!mine.used || lines_[mine.line].get() != &one) continue;
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(mine.deadline - now).count();
            said.held.push_back(
                {mine.id, static_cast<std::uint32_t>(std::max<std::int64_t>(left, 0)), mine.slow});
        }
        const auto meta = schemas::encode(said);
        one.wire.append({.head = head_of(kind::ready), .meta = meta});
    }

    void say_drain(line& one) {
        if (one.wire.up()) one.wire.append({.head = head_of(kind::drain)});
    }

    struct both {
        std::shared_ptr<const void> records;
        std::shared_ptr<const void> body;
    };

    worker_options options_;
    ready said_;
    clock::time_point database_asked_;
    std::string key_;
    std::string refused_;
    bool draining_ = false;
    std::vector<std::unique_ptr<line>> lines_;
    std::size_t first_line_ = 0;
    std::vector<zmq::pollitem_t> poll_items_;
    std::vector<hand> hands_;
    std::vector<std::uint32_t> free_hands_;
};

worker::worker(worker_options options, service_description description)
    : impl_{std::make_unique<impl>(std::move(options), std::move(description))} {}
worker::~worker() = default;

const std::string& worker::instance() const noexcept {
    return impl_->instance();
}
void worker::receive(std::vector<delivery>& out, std::size_t limit,
                     std::chrono::milliseconds timeout, int wake_fd) {
    impl_->receive(out, limit, timeout, wake_fd);
}
bool worker::cancelled(const delivery& d) const noexcept {
    return impl_->cancelled(d);
}
void worker::reply(const delivery& d, std::string_view meta, std::string_view body) {
    impl_->reply(d, meta, body);
}
void worker::refuse(const delivery& d, errc error, outcome known) {
    impl_->refuse(d, error, known);
}
void worker::flush() {
    impl_->flush();
}
void worker::set_watermark(const call_id& watermark, std::int64_t database_unix_ms, bool now) {
    impl_->set_watermark(watermark, database_unix_ms, now);
}
void worker::wake(std::int64_t head) {
    impl_->wake(head);
}
void worker::tell_metrics(std::string_view meta) {
    impl_->tell_metrics(meta);
}
std::uint64_t worker::connects() const noexcept {
    return impl_->connects();
}
bool worker::connected() const noexcept {
    return impl_->connected();
}
bool worker::accepted() const noexcept {
    return impl_->accepted();
}
bool worker::accepted_everywhere() const noexcept {
    return impl_->accepted_everywhere();
}
const std::string& worker::refused() const noexcept {
    return impl_->refused();
}
void worker::drain() {
    impl_->drain();
}
bool worker::drained() const noexcept {
    return impl_->drained();
}
void worker::close() {
    impl_->close();
}

} // namespace postbus::bus
