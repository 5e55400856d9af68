#pragma once

#include "tests/unit/bus/router_room.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace postbus::bus::tests {

struct model_call {
    peer_id caller{};
    std::uint64_t slot = 0;
    std::size_t service = 0;
    bool slow = false;
    time_point deadline;
    bool cancelled = false;
    bool committed = false; ///< by some worker, once or more
    int deliveries = 0;
    std::string last_worker; ///< that it was sent to
    int handed_back = 0;
    int replies = 0;

    bool open() const { return replies == 0 && !cancelled; }
};

struct model_worker {
    peer_id peer{};
    std::string instance;
    std::size_t service = 0;
    bool frozen = false;
    bool draining = false;
    bool drain_acknowledged = false;
    std::deque<sent_record> hand;
    std::deque<sent_record> unread;  ///< came while it was frozen
    std::set<std::uint64_t> excused; ///< held at a READY: need not be alone any more

    std::size_t holding(bool slow) const {
        return static_cast<std::size_t>(
            std::count_if(hand.begin(), hand.end(),
                          [&](const sent_record& r) { return r.head.has(flag::slow) == slow; }));
    }
};

/// Callers and workers around a router, and what the bus must have kept after every step.
class world {
public:
    explicit world(std::uint64_t seed) : random_{seed}, room_{options()} {
        for (auto& peer : gateways_) peer = new_peer();
    }

    /// One random event.
    void step();
    /// Everybody recovers and answers; then nothing may be left over.
    void finish();
    /// No call waits while a worker has a free credit for it.
    void check_nobody_idles();

    std::size_t asked() const { return calls_.size(); }
    std::size_t committed() const;

private:
    static constexpr std::uint32_t credits = 3;
    static constexpr std::uint32_t slow_credits = 1;
    static router_options options();

    std::uint64_t pick(std::uint64_t below) { return random_() % below; }
    std::chrono::milliseconds milliseconds_below(std::uint64_t most);

    // As the broker's loop does it: an index is used again with the next generation.
    peer_id new_peer();
    void connection_lost(peer_id peer);
    model_worker* find(const std::string& instance);
    model_worker* find(peer_id peer);

    template <class Action>
    void with_worker(Action action) {
        if (!workers_.empty()) (this->*action)(*workers_[pick(workers_.size())]);
    }

    // While a call runs alone, or waits to, one worker is kept free of others.
    bool somebody_is_reserved(std::size_t service, const service_status& status) const;

    // ---- workers

    void join();
    void say_ready(model_worker& who);
    void remove(const model_worker& gone);
    void die(model_worker& who);

    void freeze(model_worker& who) { who.frozen = true; }

    void thaw(model_worker& who);
    void reconnect(model_worker& who);
    void drain(model_worker& who);
    void leave_when_done(model_worker& who);
    void hand_back(model_worker& who);
    void answer(model_worker& who);
    void commit_and_die(model_worker& who);

    // Before it has looked whether an earlier worker left a record.
    void refuse_unseen(model_worker& who);
    static sent_record take(model_worker& who, std::size_t index);
    void deliver_and_leave(const std::string& instance);

    // ---- callers

    void ask();
    void ask_again();

    void send_request(std::uint64_t number, const model_call& call, std::chrono::milliseconds limit,
                      std::uint8_t flags);
    void cancel();
    std::uint64_t some_open_call();
    void advance(std::chrono::milliseconds time);

    // ---- what the router sent

    void deliver();
    void dispatched(const sent_record& r, const model_worker* to);
    void at_worker(model_worker& who, const sent_record& r);
    void at_worker_request(model_worker& who, const sent_record& r);
    void at_caller(const sent_record& r);

    std::mt19937_64 random_;
    router_room room_;
    peer_id gateways_[3];
    const std::string keys_[2] = {"users/1", "orders/1"};
    std::vector<std::unique_ptr<model_worker>> workers_;
    std::map<std::uint64_t, model_call> calls_;
    std::vector<std::uint64_t> free_peers_;
    std::uint64_t next_peer_ = 1;
    std::uint64_t asked_ = 0;
    int joined_ = 0;
};

} // namespace postbus::bus::tests
