#include "bus/broker.hpp"

#include "bus/context.hpp"
#include "bus/doorkeeper.hpp"
#include "bus/event_port.hpp"
#include "bus/frames.hpp"
#include "bus/half_message_limit.hpp"
#include "bus/hangup_signal.hpp"
#include "bus/log_budget.hpp"
#include "bus/peers.hpp"
#include "bus/permission.hpp"
#include "bus/process_metrics.hpp"
#include "bus/unix_time.hpp"
#include "schemas/codec.hpp"

#include <spdlog/spdlog.h>

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace postbus::bus {

namespace {

using std::chrono::milliseconds;
constexpr std::size_t frames_a_turn = 256;
// A frame may hold thousands of records: what is answered must not wait for so many frames of them.
constexpr std::size_t bytes_a_turn = 512 * 1024;
// Of each peer: what it floods the broker with waits in its own TCP, not here. Answers to one that
// does not read are up to a turn's in a message.
constexpr int unread_requests = 100;
constexpr int unsent_answers = 200;
constexpr std::size_t max_outbox = 64U * 1024 * 1024;
constexpr auto forget_after = std::chrono::seconds{60};

void listen_on(zmq::socket_t& socket, const std::string& address) {
    try {
        socket.bind(address);
    } catch (const zmq::error_t& failed) {
        const auto hint = failed.num() == EADDRINUSE ? "; is another broker running there?" : "";
        throw std::runtime_error{"cannot listen on " + address + ": " + failed.what() + hint};
    }
}

} // namespace

class broker::impl final : public router_actions {
public:
    explicit impl(const broker_options& options)
        : requests_{*context_, zmq::socket_type::router}, events_{options.where.keys != nullptr},
          incarnation_{system_random() | 1U}, router_{options.router, incarnation_, ::getpid(),
                                                      std::chrono::steady_clock::now(), unix_ms()} {
        set_limits(requests_);
        expect_many(requests_);
        requests_.set(zmq::sockopt::rcvhwm, unread_requests);
        requests_.set(zmq::sockopt::sndhwm, unsent_answers);
        requests_.set(zmq::sockopt::router_mandatory, true);
        // What is answered in the last turn may still leave.
        requests_.set(zmq::sockopt::linger, 200);
        if (options.where.keys) {
            door_.emplace(context_, options.policy);
            door_->guard(requests_, *options.where.keys, options.where.requests());
            door_->guard(events_.socket(), *options.where.keys, options.where.events());
        }
        listen_on(requests_, options.where.requests());
        listen_on(events_.socket(), options.where.events());
        spdlog::info("broker listens on {} and {}{}", options.where.requests(),
                     options.where.events(),
                     door_ ? ", encrypted; its key is " + options.where.keys->own.public_key : "");
    }

    void run(int stop_fd, int hangup_fd) {
        std::vector<zmq::pollitem_t> items{{requests_.handle(), 0, ZMQ_POLLIN, 0},
                                           {events_.socket().handle(), 0, ZMQ_POLLIN, 0},
                                           {nullptr, stop_fd, ZMQ_POLLIN, 0}};
        if (door_) {
            items.push_back({door_->handshakes().handle(), 0, ZMQ_POLLIN, 0});
            if (hangup_fd >= 0) items.push_back({nullptr, hangup_fd, ZMQ_POLLIN, 0});
        }
        auto next_tick = std::chrono::steady_clock::now();
        for (;;) {
            now_ = std::chrono::steady_clock::now();
            const auto left = std::chrono::ceil<milliseconds>(next_tick - now_);
            wait_for(items, std::max(left, milliseconds{0}));
            if (items[2].revents != 0) return;
            now_ = std::chrono::steady_clock::now();
            if (items[0].revents != 0) drain_requests();
            if (items[1].revents != 0)
                events_.drain(door_ ? &*door_ : nullptr,
                              [this](const frames& of, const std::string& what) {
                                  complain("a peer at " + peer_address(of) + ' ' + what);
                              });
            if (items.size() > 3 && items[3].revents != 0) door_->answer_handshakes(now_);
            if (items.size() > 4 && items[4].revents != 0 && take_hangup(hangup_fd)) reload();
            if (now_ >= next_tick) {
                tick();
                next_tick = now_ + router::tick_interval;
            }
            flush();
            events_.publish_wakes();
            events_.publish_registry(router_, now_);
        }
    }

    void send(peer_id to, const record& r) override {
        auto* one = peers_.at(to);
        if (!one) return;
        if (one->box.size() >= max_outbox) { // it does not read
            shut(one->socket); // and learns of it: what it waits for it asks for again
            return lost_.push_back(to);
        }
        one->box.append(r);
        if (!one->dirty) {
            one->dirty = true;
            dirty_.push_back(to);
        }
        if (one->box.size() >= full_batch) flush(to, *one);
    }

    void wake(const log_head& head, std::string_view meta) override { events_.wake(head, meta); }

    // However fast workers come and go, or peers misbehave, the log grows slowly.
    void report(const std::string& what) override {
        if (!reports_.take(now_)) return;
        if (const auto count = reports_.take_left_out())
            spdlog::info("{} more workers came and went meanwhile", count);
        spdlog::info("{}", what);
    }

    void accuse(std::string_view what) override {
        complain("a peer at " + peer_address(received_) + ' ' + std::string{what});
    }

    bool same_key(peer_id a, peer_id b) override {
        const auto* one = peers_.at(a);
        const auto* other = peers_.at(b);
        return !one || !other || one->key == other->key; // who is gone does not mind
    }

    void add_metrics(metric_report& out) const override {
        out.add("postbus_broker_peers", {}, peers_.size());
        out.add("postbus_broker_malformed_messages_total", {}, malformed_);
        add_process_metrics(out);
    }

private:
    void complain(const std::string& what) {
        if (!accusations_.take(now_)) return;
        if (const auto count = accusations_.take_left_out())
            spdlog::warn("{} more lines like the next were left out", count);
        spdlog::warn("{}", what);
    }

    void drain_requests() {
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < frames_a_turn && bytes < bytes_a_turn; ++i) {
            if (!receive(requests_, true, received_)) return;
            bytes += received_.bytes().size();
            auto from = peers_.find_or_add(received_.address, now_);
            if (auto& its = peers_.at(from)->socket; !its.known())
                its = source_of(*received_.records);
            if (door_ && !admitted(from)) continue;
            auto reader = received_.reader();
            record r;
            while (reader.next(r))
                if (!door_ || permitted(from, r)) router_.receive(from, r, now_, *this);
            if (!reader.malformed()) continue;
            ++malformed_;
            accuse("sent a message that is not of this protocol: it was dropped");
        }
    }

    // Whether its key may connect. Routing ids are names that peers may give themselves: the key
    // counts, which each message proves.
    bool admitted(peer_id& from) {
        auto* one = peers_.at(from);
        const auto* const key = sender_key(*received_.records);
        if (one->key != key) {
            if (!one->key.empty()) { // somebody else was called so
                router_.lost(from, now_, *this);
                peers_.forget(from);
                from = peers_.find_or_add(received_.address, now_);
                one = peers_.at(from);
            }
            door_->welcome(*one, *received_.records);
        }
        if (one->rights != nullptr) return true;
        shut(one->socket);
        return false;
    }

    bool permitted(peer_id from, const record& r) {
        const auto& rights = *peers_.at(from)->rights;
        const auto why = objection(rights, r);
        if (why.empty()) return true;
        door_->refused("refused " + rights.name + ": it " + why, now_);
        router_.forbid(from, r,
                       "the broker's policy says of the key '" + rights.name + "' that it " + why,
                       now_, *this);
        return false;
    }

    void reload() {
        if (!door_->reload()) return;
        peers_.for_each([&](peer_id id, peer& one) {
            one.rights = door_->rights_of(one.key);
            if (one.rights == nullptr) {
                shut(one.socket);
                router_.lost(id, now_, *this);
                peers_.forget(id);
            } else if (const auto served = router_.served_by(id);
                       !served.empty() && !one.rights->serves.match(served)) {
                const auto why = "may not be a worker of '" + std::string{served} + "' any more";
                door_->refused("refused " + one.rights->name + ": it " + why, now_);
                router_.turn_away(id,
                                  "the broker's policy says of the key '" + one.rights->name +
                                      "' that it " + why,
                                  now_, *this);
            }
        });
        door_->forget_old();
    }

    void tick() {
        router_.tick(now_, *this);
        if (door_) door_->tick(now_);
        end_half_messages();
        if (now_ - swept_at_ < forget_after / 4) return;
        swept_at_ = now_;
        events_.sweep();
        peers_.forget_silent(now_ - forget_after,
                             [&](peer_id id) { router_.lost(id, now_, *this); });
    }

    void end_half_messages() {
        const bool soon = halves_.suspects() || events_.halves().suspects();
        if (now_ - looked_at_halves_ <
            (soon ? half_message_limit::next_look : half_message_limit::sweep_interval))
            return;
        // What had been kept for them goes back to the system, once ZeroMQ has given it up.
        if (std::exchange(ended_halves_, false)) malloc_trim(0);
        halves_.look_for_new();
        peers_.for_each([&](peer_id, peer& one) {
            // Who gave itself a name may have come back with another connection.
            if (one.last_heard >= looked_at_halves_ && !halves_.heard(one.socket)) one.socket = {};
        });
        looked_at_halves_ = now_;
        for (auto* limit : {&halves_, &events_.halves()})
            for (const auto& address : limit->sweep()) {
                ended_halves_ = true;
                complain("a peer at " + address + " sent " +
                         std::to_string(half_message_limit::max_bytes >> 20U) +
                         " MiB without the end of a message: it was cut off");
            }
    }

    // A peer that turns out to be gone may have its calls sent elsewhere: again until all is said.
    void flush() {
        unsent_.clear(); // once: whoever takes nothing now is kept through all that follows
        while (!dirty_.empty() || !lost_.empty()) {
            for (auto now_dirty = std::exchange(dirty_, {}); const auto id : now_dirty)
                if (auto* one = peers_.at(id); one && one->dirty) {
                    flush(id, *one);
                    if (one->dirty) unsent_.push_back(id);
                }
            for (auto now_lost = std::exchange(lost_, {}); const auto id : now_lost) {
                router_.lost(id, now_, *this);
                peers_.forget(id);
            }
        }
        dirty_ = unsent_;
    }

    void flush(peer_id id, peer& one) {
        if (one.box.empty()) {
            one.dirty = false;
            return;
        }
        const auto result = bus::send(requests_, one.routing_id, one.box);
        if (result == sent::unreachable) {
            one.box.clear();
            lost_.push_back(id);
        }
        one.dirty = result == sent::would_block;
    }

    std::shared_ptr<zmq::context_t> context_ = shared_context();
    zmq::socket_t requests_;
    event_port events_;
    half_message_limit halves_{requests_};
    std::optional<doorkeeper> door_; // where there are keys
    std::uint64_t incarnation_;
    router router_;
    peer_table peers_;
    frames received_;
    log_budget reports_{200, milliseconds{50}};
    log_budget accusations_{20, milliseconds{500}};
    std::vector<peer_id> dirty_;
    std::vector<peer_id> unsent_;
    std::vector<peer_id> lost_;
    time_point now_;
    time_point swept_at_;
    time_point looked_at_halves_;
    std::uint64_t malformed_ = 0;
    bool ended_halves_ = false;
};

broker::broker(const broker_options& options) : impl_{std::make_unique<impl>(options)} {}
broker::~broker() = default;

void broker::run(int stop_fd, int hangup_fd) {
    impl_->run(stop_fd, hangup_fd);
}

} // namespace postbus::bus
