#include "bus/client.hpp"

#include "bus/link.hpp"
#include "bus/liveness.hpp"
#include "bus/zmq_stream.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

namespace postbus::bus {

namespace asio = boost::asio;

namespace {

using clock = std::chrono::steady_clock;
constexpr auto sweep_interval = std::chrono::milliseconds{25};
// The broker knows best whether an expired call was begun: its verdict gets this long to arrive.
constexpr auto verdict_slack = std::chrono::milliseconds{100};
constexpr auto wait_for_broker = std::chrono::milliseconds{2000};
constexpr std::size_t frames_a_turn = 64;
constexpr std::size_t kept_capacity = 4096;
constexpr std::uint32_t no_link = ~std::uint32_t{0};

struct open_call : boost::intrusive::list_base_hook<> {
    std::uint32_t index = 0;
    std::uint32_t generation = 1;
    bool open = false;
    bool full = false;   // refused at once: one call too many
    bool sent = false;   // some broker may have it
    bool resent = false; // and an earlier one may have had it executed
    std::uint8_t flags = 0;
    std::uint32_t link = no_link; // where it waits or was sent
    call_observer* observer = nullptr;
    call_id id;
    clock::time_point started;
    clock::time_point deadline;
    std::size_t service_size = 0;
    std::array<char, max_service_key> service;
    std::size_t meta_size = 0;
    std::string payload; // meta, then the body unless it is large
    shared_body detached;

    std::uint64_t slot() const { return std::uint64_t{generation} << 32U | index; }
};

} // namespace

class client::impl {
public:
    impl(asio::io_context& io, client_options options)
        : io_{io}, options_{std::move(options)}, sweep_{io} {
        for (const auto& where : options_.brokers)
            links_.push_back(std::make_unique<wire>(*this, where));
        schedule_sweep();
    }

    call_handle start(const call_request& request, call_observer& observer) {
        auto& call = take_slot();
        call.observer = &observer;
        call.full = open_.size() > options_.max_open_calls;
        call.started = clock::now();
        call.deadline = call.started + request.time_limit;
        if (call.full) {
            refused_.push_back(call.slot());
            post_flush();
            return call_handle{call.slot()};
        }
        call.id = ids_.next(unix_ms());
        call.flags = static_cast<std::uint8_t>((request.write ? flag::write : 0) |
                                               (request.slow ? flag::slow : 0));
        call.service_size = std::min(request.service.size(), max_service_key);
        std::copy_n(request.service.data(), call.service_size, call.service.data());
        call.meta_size = request.meta.size();
        call.payload.assign(request.meta);
        if (request.body.size() >= detached_body_size) {
            const auto copy = std::make_shared<const std::string>(request.body);
            call.detached = {copy, *copy};
        } else {
            call.payload.append(request.body);
        }
        send(call, next_link());
        return call_handle{call.slot()};
    }

    void cancel(call_handle handle) {
        auto* call = at(static_cast<std::uint64_t>(handle));
        if (!call) return;
        if (call->sent) tell_cancel(*call);
        release(*call);
    }

    bool connected() const {
        return std::any_of(links_.begin(), links_.end(),
                           [](const auto& one) { return one->usable(); });
    }
    std::size_t open_calls() const { return open_.size(); }

    const std::string& refused() const {
        static const std::string nobody;
        for (const auto& one : links_)
            if (one->line.refused().empty()) return nobody;
        return links_.empty() ? nobody : links_.front()->line.refused();
    }

    void keep_ids_ahead_of(const call_id& watermark, std::chrono::milliseconds ahead) {
        ahead_ms_ = std::max<std::int64_t>(ahead_ms_, ahead.count());
        floor_ms_ = std::max(floor_ms_, watermark.unix_ms() + 1);
    }

private:
    // A link and the streams that bring it into the io_context.
    struct wire {
        wire(impl& owner, const endpoint& where)
            : line{where}, life{clock::now()}, data{owner.io_, line.socket(),
                                                    [this, &owner] { return owner.drain(*this); }},
              monitor{owner.io_, line.monitor(), [this, &owner] { return owner.watch(*this); }},
              index{static_cast<std::uint32_t>(owner.links_.size())} {}

        bool usable() const { return line.up() && !suspect; }

        link line;
        liveness life;
        bool suspect = false; // up, but silent
        bool dirty = false;
        zmq_stream data;
        zmq_stream monitor;
        std::uint32_t index;
    };

    std::int64_t unix_ms() const {
        using namespace std::chrono;
        const auto now =
            duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
        return std::max(now + ahead_ms_, floor_ms_);
    }

    open_call& take_slot() {
        if (free_.empty()) {
            auto& fresh = calls_.emplace_back();
            fresh.index = static_cast<std::uint32_t>(calls_.size() - 1);
            free_.push_back(fresh.index);
        }
        auto& call = calls_[free_.back()];
        free_.pop_back();
        call.open = true;
        open_.push_back(call);
        return call;
    }

    void release(open_call& call) {
        open_.erase(decltype(open_)::s_iterator_to(call));
        ++call.generation;
        call.open = call.full = call.sent = call.resent = false;
        call.link = no_link;
        call.observer = nullptr;
        call.detached = {};
        if (call.payload.capacity() > kept_capacity) call.payload = {};
        free_.push_back(call.index);
    }

    open_call* at(std::uint64_t slot) {
        const auto index = static_cast<std::uint32_t>(slot);
        if (index >= calls_.size()) return nullptr;
        auto& call = calls_[index];
        return call.open && call.slot() == slot ? &call : nullptr;
    }

    wire* next_link() {
        for (std::size_t tried = 0; tried < links_.size(); ++tried) {
            auto& one = *links_[next_link_++ % links_.size()];
            if (one.usable()) return &one;
        }
        return nullptr;
    }

    head head_of(const open_call& call, kind what) const {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(call.deadline - clock::now()).count();
        return {.kind = what,
                .flags = call.flags,
                .time_left_ms = static_cast<std::uint32_t>(std::max<std::int64_t>(left, 0)),
                .slot = call.slot(),
                .id = call.id,
                .service = {call.service.data(), call.service_size}};
    }

    void send(open_call& call, wire* to) {
        if (!to) return; // goes out with the next connect
        record r{.head = head_of(call, kind::request)};
        if (call.sent) r.head.flags |= flag::resent;
        r.meta = std::string_view{call.payload}.substr(0, call.meta_size);
        r.detached = call.detached;
        r.body = call.detached.owner ? call.detached.bytes
                                     : std::string_view{call.payload}.substr(call.meta_size);
        call.resent = call.sent;
        call.sent = true;
        call.link = to->index;
        to->line.append(r);
        mark_dirty(*to);
    }

    void tell_cancel(const open_call& call) {
        if (call.link == no_link || !links_[call.link]->line.up()) return;
        links_[call.link]->line.append({.head = head_of(call, kind::cancel)});
        mark_dirty(*links_[call.link]);
    }

    void mark_dirty(wire& one) {
        one.dirty = true;
        post_flush();
    }

    void post_flush() {
        if (flush_posted_) return;
        flush_posted_ = true;
        asio::post(io_, [this, alive = std::weak_ptr<bool>{alive_}] {
            if (!alive.expired()) flush();
        });
    }

    void flush() {
        flush_posted_ = false;
        for (auto& one : links_) {
            if (!one->dirty) continue;
            one->dirty = !one->line.flush(); // what did not fit goes with the next sweep
            one->data.after_send();
        }
        for (auto refused = std::exchange(refused_, {}); const auto slot : refused)
            if (auto* call = at(slot))
                finish(*call, refusal(errc::queue_full, outcome::not_executed));
    }

    bool drain(wire& from) {
        for (std::size_t i = 0; i < frames_a_turn; ++i) {
            if (!from.line.receive(received_)) return false;
            from.life.heard();
            if (from.suspect) trust(from);
            auto reader = received_.reader();
            record r;
            while (reader.next(r)) {
                if (r.head.kind != kind::reply) continue;
                auto* call = at(r.head.slot);
                if (!call || call->id != r.head.id) continue; // cancelled, or answered before
                // That it was not executed this time says nothing of the time before.
                const bool unsure = call->resent && r.head.outcome == outcome::not_executed;
                finish(*call,
                       {r.head.error, unsure ? outcome::unknown : r.head.outcome, r.meta, r.body});
            }
        }
        return true;
    }

    static call_reply refusal(errc error, outcome known) { return {error, known, {}, {}}; }

    void finish(open_call& call, const call_reply& reply) {
        auto& observer = *call.observer;
        release(call);
        observer.on_reply(reply);
    }

    bool watch(wire& one) {
        for (;;) {
            switch (one.line.next_change()) {
            case link::change::none: return false;
            case link::change::up:
                one.life = liveness{clock::now()};
                one.suspect = false;
                resend(one.index);
                one.data.after_send();
                break;
            case link::change::down: move_away(one.index); break;
            case link::change::refused: break; // see sweep
            }
        }
    }

    void trust(wire& one) {
        one.suspect = false;
        resend(one.index);
    }

    // The connection is fresh: whatever was on the old one is lost, and calls without one may go.
    void resend(std::uint32_t index) {
        for (auto& call : open_)
            if (!call.full && (call.link == index || call.link == no_link))
                send(call, links_[index].get());
    }

    // To another broker if there is one; else they wait for this one to come back.
    void move_away(std::uint32_t index) {
        if (!connected()) return;
        for (auto& call : open_)
            if (call.link == index) send(call, next_link());
    }

    void schedule_sweep() {
        sweep_.expires_after(sweep_interval);
        sweep_.async_wait([this](boost::system::error_code failed) {
            if (failed) return;
            sweep(clock::now());
            schedule_sweep();
        });
    }

    void sweep(clock::time_point now) {
        for (auto& one : links_) {
            if (!one->line.up()) {
                one->line.retry(now);
                continue;
            }
            if (one->life.frozen(now) && !one->suspect) {
                one->suspect = true;
                move_away(one->index);
            }
            if (one->life.ping_due(now, !open_.empty())) {
                one->line.append({.head = {.kind = kind::heartbeat}});
                mark_dirty(*one);
            } else if (one->dirty) {
                post_flush();
            }
        }
        expired_.clear();
        for (auto& call : open_) {
            const bool nobody_to_ask =
                !call.sent && !connected() &&
                (now - call.started >= wait_for_broker || !refused().empty());
            if (now >= call.deadline + verdict_slack || nobody_to_ask)
                expired_.push_back(call.slot());
        }
        for (const auto slot : expired_)
            if (auto* call = at(slot)) expire(*call, now);
    }

    void expire(open_call& call, clock::time_point now) {
        if (call.sent) tell_cancel(call);
        const auto known = call.sent ? outcome::unknown : outcome::not_executed;
        const auto error = now >= call.deadline ? errc::expired
                           : refused().empty()  ? errc::broker_unreachable
                                                : errc::forbidden;
        finish(call, refusal(error, known));
    }

    asio::io_context& io_;
    client_options options_;
    std::vector<std::unique_ptr<wire>> links_;
    std::size_t next_link_ = 0;
    std::deque<open_call> calls_; // addresses stay
    std::vector<std::uint32_t> free_;
    boost::intrusive::list<open_call> open_;
    std::vector<std::uint64_t> expired_;
    std::vector<std::uint64_t> refused_;
    frames received_;
    call_id_source ids_;
    std::int64_t ahead_ms_ = 0;
    std::int64_t floor_ms_ = 0;
    bool flush_posted_ = false;
    asio::steady_timer sweep_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

public:
    ~impl() { open_.clear(); }
};

client::client(asio::io_context& io, client_options options)
    : impl_{std::make_unique<impl>(io, std::move(options))} {}
client::~client() = default;

call_handle client::start(const call_request& request, call_observer& observer) {
    return impl_->start(request, observer);
}
void client::cancel(call_handle handle) {
    impl_->cancel(handle);
}
bool client::connected() const noexcept {
    return impl_->connected();
}
std::size_t client::open_calls() const noexcept {
    return impl_->open_calls();
}
const std::string& client::refused() const noexcept {
    return impl_->refused();
}
void client::keep_ids_ahead_of(const call_id& watermark, std::chrono::milliseconds ahead) {
    impl_->keep_ids_ahead_of(watermark, ahead);
}

} // namespace postbus::bus
