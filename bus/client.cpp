#include "bus/client.hpp"

#include "bus/broker_links.hpp"
#include "bus/open_call_table.hpp"
#include "bus/open_share.hpp"
#include "bus/unix_time.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <utility>

namespace postbus::bus {

namespace asio = boost::asio;

namespace {

using clock = std::chrono::steady_clock;
constexpr auto sweep_interval = std::chrono::milliseconds{25};
// The broker knows best whether an expired call was begun: its verdict gets this long to arrive.
constexpr auto verdict_slack = std::chrono::milliseconds{100};
constexpr auto wait_for_broker = std::chrono::milliseconds{2000};

} // namespace

class client::impl final : broker_observer {
public:
    impl(asio::io_context& io, client_options options)
        : io_{io}, options_{std::move(options)}, share_{options_.max_open_calls,
                                                        options_.max_open_bytes},
          links_{io, options_.brokers, options_.in_order, *this}, sweep_{io} {
        schedule_sweep();
    }

    call_handle start(const call_request& request, call_observer& observer) {
        auto& call = calls_.take();
        call.observer = &observer;
        const auto held = share_.take(request.service, request.meta.size() + request.body.size());
        call.full = !held;
        call.held = held.value_or(open_share::use{});
        call.started = clock::now();
        call.deadline = call.started + request.time_limit;
        if (call.full) {
            refused_.push_back(call.slot());
            post_flush();
            return call_handle{call.slot()};
        }
        call.id = ids_.next(std::max(unix_ms() + ahead_ms_, floor_ms_));
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
        send(call, links_.next(), call.started);
        return call_handle{call.slot()};
    }

    void cancel(call_handle handle) {
        auto* call = calls_.at(static_cast<std::uint64_t>(handle));
        if (!call) return;
        if (call->sent) tell_cancel(*call);
        release(*call);
    }

    bool connected() const { return links_.usable() != 0; }
    std::size_t open_calls() const { return calls_.size(); }
    std::uint64_t connects() const { return links_.connects(); }

    std::string refused() const { return links_.refused(); }

    void keep_ids_ahead_of(const call_id& watermark, std::chrono::milliseconds ahead) {
        ahead_ms_ = std::max<std::int64_t>(ahead_ms_, ahead.count());
        floor_ms_ = std::max(floor_ms_, watermark.unix_ms() + 1);
    }

private:
    void release(open_call& call) {
        if (!call.full) share_.give_back(call.held);
        calls_.release(call);
    }

    head head_of(const open_call& call, kind what, clock::time_point now = clock::now()) const {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(call.deadline - now).count();
        return {.kind = what,
                .flags = call.flags,
                .time_left_ms = static_cast<std::uint32_t>(std::max<std::int64_t>(left, 0)),
                .slot = call.slot(),
                .id = call.id,
                .service = {call.service.data(), call.service_size}};
    }

    void send(open_call& call, broker_link* to, clock::time_point now = clock::now()) {
        if (!to) return; // goes out with the next connect
        record r{.head = head_of(call, kind::request, now)};
        if (call.sent) r.head.flags |= flag::resent;
        if (searching() && call.search.hurries(links_.usable())) r.head.flags |= flag::elsewhere;
        r.meta = std::string_view{call.payload}.substr(0, call.meta_size);
        r.detached = call.detached;
        r.body = call.detached.owner ? call.detached.bytes
                                     : std::string_view{call.payload}.substr(call.meta_size);
        call.resent = call.sent;
        call.sent = true;
        call.link = to->index();
        append(*to, r);
    }

    void tell_cancel(const open_call& call) {
        if (call.link == no_link || !links_[call.link].up()) return;
        append(links_[call.link], {.head = head_of(call, kind::cancel)});
    }

    void append(broker_link& to, const record& what) {
        links_.append(to, what);
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
        links_.flush();
        for (auto refused = std::exchange(refused_, {}); const auto slot : refused)
            if (auto* call = calls_.at(slot))
                finish(*call, refusal(errc::queue_full, outcome::not_executed));
    }

    void on_message(broker_link& from, const frames& received) override {
        auto reader = received.reader();
        record r;
        const auto now = clock::now(); // once a message, which may hold many replies
        while (reader.next(r)) {
            if (r.head.kind != kind::reply) continue;
            auto* call = calls_.at(r.head.slot);
            if (!call || call->id != r.head.id) continue; // cancelled, or answered before
            if (r.head.error != errc::ok && pursue(*call, from, r.head)) continue;
            // That it was not executed this time says nothing of the time before.
            const bool unsure = call->resent && r.head.outcome == outcome::not_executed;
            finish(*call, {r.head.error, unsure ? outcome::unknown : r.head.outcome, r.meta, r.body,
                           std::chrono::milliseconds{r.head.time_left_ms}, now - call->started});
        }
    }

    bool searching() const { return links_.size() > 1 && !options_.in_order; }

    // A refusal is not the end of a call that another broker has, or may have a worker for.
    bool pursue(open_call& call, broker_link& from, const head& refused) {
        if (call.link != from.index()) return true;
        const bool no_worker =
            refused.error == errc::no_worker || refused.error == errc::unknown_service;
        if (!no_worker || !searching() || clock::now() >= call.deadline ||
            !call.search.refused(links_.usable()))
            return false;
        // That it was not executed there is the end of that copy; of an earlier one it says
        // nothing.
        if (refused.outcome == outcome::not_executed && !call.resent) call.sent = false;
        call.link = no_link;
        // Around from there: calls that are refused at the same time do not mix up their ways.
        send(call, links_.after(from));
        return true;
    }

    static call_reply refusal(errc error, outcome known) {
        return {.error = error, .outcome = known};
    }

    void finish(open_call& call, const call_reply& reply) {
        auto& observer = *call.observer;
        release(call);
        observer.on_reply(reply);
    }

    void on_up(broker_link& one) override {
        take_up(one, [&](const open_call& call) { return call.link == one.index(); });
    }

    void on_trusted(broker_link& one) override {
        take_up(one, [](const open_call&) { return false; }); // what it has will be answered
    }

    // To another broker if there is one; else they wait for this one to come back.
    void on_lost(broker_link& from) override {
        if (!connected()) return;
        for (auto& call : calls_)
            if (call.link == from.index()) move(call, *links_.next(from.index()));
    }

    // Sends it those that `wanted` says, and those that wait for any broker.
    template <class Wanted>
    void take_up(broker_link& one, Wanted wanted) {
        if (options_.in_order) links_.next(); // the way from now on, if there was none
        for (auto& call : calls_) {
            const bool waits =
                call.link == no_link || (call.link != one.index() && !links_[call.link].usable());
            if (!call.full && (waits || wanted(call))) move(call, one);
        }
    }

    // One that is only silent gets to know that it need not bother, should it wake up.
    void move(open_call& call, broker_link& to) {
        if (call.sent && call.link != to.index()) tell_cancel(call);
        call.search = {};
        send(call, &to);
    }

    void schedule_sweep() {
        sweep_.expires_after(sweep_interval);
        sweep_.async_wait(
            [this, alive = std::weak_ptr<bool>{alive_}](boost::system::error_code failed) {
                if (failed || alive.expired()) return;
                sweep(clock::now());
                schedule_sweep();
            });
    }

    void sweep(clock::time_point now) {
        links_.sweep(now, !calls_.empty());
        if (links_.dirty()) post_flush();
        if (searching()) rescue_late(now);
        expired_.clear();
        for (auto& call : calls_) {
            const bool nobody_to_ask =
                !call.sent && !connected() &&
                (now - call.started >= wait_for_broker || !refused().empty());
            if (now >= call.deadline + verdict_slack || nobody_to_ask)
                expired_.push_back(call.slot());
        }
        for (const auto slot : expired_)
            if (auto* call = calls_.at(slot)) expire(*call, now);
    }

    // Calls with little time do not wait until their silent broker counts as frozen.
    void rescue_late(clock::time_point now) {
        if (!links_.any_doubtful()) return;
        for (auto& call : calls_) {
            if (call.link == no_link || !call.runs_late(now)) continue;
            if (const auto& has = links_[call.link]; !has.usable() || !has.doubtful()) continue;
            if (auto* to = links_.next(call.link); to->clear()) move(call, *to);
        }
    }

    void expire(open_call& call, clock::time_point now) {
        if (call.sent) tell_cancel(call);
        const auto known = call.sent ? outcome::unknown : outcome::not_executed;
        const auto error = now >= call.deadline ? errc::expired : errc::broker_unreachable;
        auto reply = refusal(error, known);
        reply.took = now - call.started;
        finish(call, reply);
    }

    asio::io_context& io_;
    client_options options_;
    open_share share_;
    broker_links links_;
    open_call_table calls_;
    std::vector<std::uint64_t> expired_;
    std::vector<std::uint64_t> refused_;
    call_id_source ids_;
    std::int64_t ahead_ms_ = 0;
    std::int64_t floor_ms_ = 0;
    bool flush_posted_ = false;
    asio::steady_timer sweep_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
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
std::string client::refused() const {
    return impl_->refused();
}
std::uint64_t client::connects() const noexcept {
    return impl_->connects();
}
void client::keep_ids_ahead_of(const call_id& watermark, std::chrono::milliseconds ahead) {
    impl_->keep_ids_ahead_of(watermark, ahead);
}

} // namespace postbus::bus
