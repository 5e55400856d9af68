#pragma once

#include "bus/envelope.hpp"
#include "bus/liveness.hpp"
#include "bus/messages.hpp"
#include "bus/metric_report.hpp"
#include "bus/peer_budget.hpp"
#include "bus/pending.hpp"
#include "bus/queue.hpp"
#include "bus/queue_wait.hpp"
#include "bus/registry.hpp"
#include "bus/service_counts.hpp"
#include "bus/worker_pool.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::bus {

struct router_options {
    call_queue::limits queue;               ///< of each service and lane: what is not sent yet
    std::chrono::milliseconds grace{1000};  ///< a call waits that long for a missing worker
    std::chrono::milliseconds settle{2000}; ///< no verdict on unknown services before that age
    std::chrono::milliseconds withdraw_after{5000}; ///< the last worker drained that long ago
    std::uint8_t max_resends = 2;
    std::size_t max_workers = 10'000;
    std::uint32_t max_credits = 4096;
    std::size_t max_calls = 250'000;            ///< pending ones, of all services together
    std::size_t max_bytes = 512U * 1024 * 1024; ///< what those carry
    /// A call that would wait longer in its lane is refused at once; 0: none is. See queue_wait.
    std::chrono::milliseconds queue_wait{500};
    /// So many calls a live worker and lane are never refused for the wait: some take long by
    /// nature, and a worker does several at a time.
    std::uint32_t always_admitted = 16;
};

/// Where the router's decisions go. A record's views are valid during the call only.
class router_actions {
public:
    virtual void send(peer_id, const record&) = 0;
    /// An event log has grown: for subscribers of its topic.
    virtual void wake(const log_head&, std::string_view /*meta*/) {}
    /// For the operator: a worker came, went, froze or was refused.
    virtual void report(const std::string&) {}
    /// For the operator: a peer, the one just heard, says what none should. May come with each
    /// record.
    virtual void accuse(std::string_view) {}
    /// Whether two connections are of one key's holder, as far as there are keys; or the second is
    /// gone.
    virtual bool same_key(peer_id, peer_id) { return true; }
    /// Adds what is known of the process and its sockets.
    virtual void add_metrics(metric_report&) const {}

protected:
    ~router_actions() = default;
};

/// The broker's brain: what came from whom, and when, in; what to send to whom, out. No sockets, no
/// clock. It holds no truth: all it knows is soft state that workers rebuild by saying READY.
class router {
public:
    router(router_options, std::uint64_t incarnation, std::int64_t pid, time_point now,
           std::int64_t unix_ms);

    void receive(peer_id from, const record&, time_point now, router_actions&);
    /// The peer's connection is gone.
    void lost(peer_id, time_point now, router_actions&);
    /// Answers a REQUEST or READY that this peer may not send. `why` is for people.
    void forbid(peer_id, const record&, const std::string& why, time_point now, router_actions&);
    /// Tells a worker that it is refused for good, and why; what it has in hand goes to others.
    void turn_away(peer_id, std::string why, time_point now, router_actions&);
    /// The name of the service whose worker the peer is; empty: it is none.
    std::string_view served_by(peer_id) const;
    /// To be called every tick_interval: pings, silences, expiries, the ends of graces.
    void tick(time_point now, router_actions&);
    static constexpr std::chrono::milliseconds tick_interval{25};

    /// Changes whenever subscribers should get a new snapshot.
    std::uint64_t registry_revision() const noexcept { return registry_.revision(); }
    registry_snapshot snapshot(time_point now) const;
    broker_status status(time_point now) const;
    /// What it has counted since the start, and how things stand. Bounded in its number of series.
    metric_report metrics(time_point at) const;
    std::size_t pending_calls() const noexcept { return pending_.size(); }

    /// No call may wait longer than this, whatever its caller says.
    static constexpr std::chrono::milliseconds longest_time_limit{600'000};

private:
    friend struct router_probe; // of tests/fuzz: looks whether all this agrees
    enum lane_name : std::size_t { quick = 0, slow = 1, lanes = 2 };

    struct worker {
        bool present = false;
        bool draining = false;
        peer_id peer{};
        std::uint32_t service = nobody;
        std::int64_t pid = 0;
        std::uint32_t variant = 0; // how it describes its service: see registry
        std::string instance;
        std::string metrics; // as its last HEARTBEAT told
        // Calls here that another worker has too, and is found with: each once.
        boost::unordered_flat_map<call_id, pending_call*, call_id_hash> beside;
        liveness life;
        call_list calls; // in flight here, of both lanes
        std::array<lane_member, lanes> member;

        std::uint32_t in_flight() const noexcept {
            return member[quick].in_flight + member[slow].in_flight;
        }
    };

    struct service {
        std::string key;
        bool announced = false;
        std::uint32_t live = 0;    // workers that take requests
        std::uint32_t members = 0; // and those that drain
        std::array<worker_pool, lanes> pool;
        std::array<call_queue, lanes> waiting;
        std::array<queue_wait, lanes> wait;
        std::size_t calls = 0; // pending ones: queued, waiting to be sent again, in flight
        std::size_t bytes = 0; // that they carry
        call_queue redelivery; // each runs alone
        std::uint32_t reserved = nobody; // the worker that runs them, out of the pools meanwhile
        std::optional<time_point> drained_at;
        time_point deserted_at{}; // when its last worker went, for whatever reason
        service_counts counts;

        bool queued() const noexcept {
            return !waiting[quick].empty() || !waiting[slow].empty() || !redelivery.empty();
        }
    };

    struct key_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const noexcept {
            return std::hash<std::string_view>{}(key);
        }
    };

    void on_request(peer_id, const record&, time_point now, router_actions&);
    void on_request_again(pending_call&, peer_id, const record&, time_point now, router_actions&);
    void on_cancel(peer_id, const record&, time_point now, router_actions&);
    void on_reply(peer_id, const record&, time_point now, router_actions&);
    void on_ready(peer_id, const record&, time_point now, router_actions&);
    void on_wake(peer_id, const record&, router_actions&);
    void on_drain(peer_id, const record&, time_point now, router_actions&);
    void on_broker_call(peer_id, const record&, time_point now, router_actions&);
    void answer_metrics(peer_id, const head& request, time_point, router_actions&);
    service_gauges gauges(std::uint32_t index, time_point) const;
    void keep_metrics(std::uint32_t index, std::string_view meta);
    void forget_metrics(std::uint32_t index);
    bool tell_to_say_ready(peer_id, time_point now, router_actions&);
    pending_call* find_own(std::uint32_t index, const call_id&);

    std::string objection_to_name(peer_id, const ready&, router_actions&) const;
    std::uint32_t join(peer_id, std::uint32_t service_index, const ready&, time_point now,
                       router_actions&);
    void describe_again(worker&, const service_description&);
    void adopt_held(std::uint32_t index, const ready&, time_point now);
    std::uint32_t new_worker();
    void bind(std::uint32_t who, peer_id);
    enum class loss { left, unreachable, frozen, replaced };
    void lose(std::uint32_t index, loss, time_point now, router_actions&);
    std::string name_of(const worker&) const;
    void retire(worker&, bool drained, time_point now);
    bool reserve(service&, lane_name);
    void unreserve(service&);
    void redeliver(pending_call&, time_point now, router_actions&);

    static std::string_view service_of(std::string_view key); // "users" of "users/1"
    static std::uint32_t version_of(std::string_view key);
    void now_served(std::uint32_t index);
    void served_no_more(std::uint32_t index);
    std::uint32_t stand_in(std::string_view key) const;
    void move_waiting(std::uint32_t index, std::uint32_t to, time_point now);
    void relieve(std::uint32_t index, time_point now, router_actions&);
    void relieve_orphans(time_point now, router_actions&);

    void pump(service&, time_point now, router_actions&);
    void run_alone(service&, time_point now, router_actions&);
    void dispatch(service&, pending_call&, worker&, bool alone, time_point now, router_actions&);
    void put_in_flight(pending_call&, std::uint32_t index);
    void take_from_worker(pending_call&);
    bool admits(const service&, lane_name, const record&, std::chrono::milliseconds limit,
                time_point now) const;
    void enter(pending_call&, std::uint32_t index, time_point now);
    bool has_share(const service&, std::size_t bytes) const;
    void keep(pending_call&, const record&);
    void leave(const pending_call&, time_point now, bool served);
    void forget(pending_call&, time_point now, bool served = false);
    void end(pending_call&, time_point now, bool served);
    void refuse(pending_call&, errc, outcome, time_point now, router_actions&);
    static void refuse(peer_id, const head& request, errc, outcome, router_actions&,
                       std::chrono::milliseconds again_after = {});
    void expire(service&, time_point now, router_actions&);

    std::uint32_t add_service(std::string_view key);
    std::uint32_t place_to_use_again() const;
    void free_service(std::uint32_t index);
    bool make_room_for(const ready&, std::size_t bytes);
    call_queue& queue_of(const pending_call&);
    std::uint32_t find_service(std::string_view key) const;
    std::uint32_t worker_index(peer_id) const noexcept;
    static std::size_t index_of(peer_id peer) noexcept {
        return static_cast<std::uint32_t>(static_cast<std::uint64_t>(peer));
    }
    static lane_name lane_of(const pending_call& call) {
        return (call.flags & flag::slow) != 0 ? slow : quick;
    }
    bool settled(time_point now) const noexcept { return now - started_ >= options_.settle; }

    // Of what a peer may spend: see peer_budget. 16 READYs a second, 64 at once.
    static constexpr std::chrono::milliseconds ready_cost{62};
    static constexpr std::chrono::milliseconds question_cost{40};
    static constexpr std::size_t bytes_a_ms = 8192; // of an answer: besides
    // Names that nobody has announced yet may take so many of the places for services.
    static constexpr std::size_t max_strangers = registry::max_services / 2;

    router_options options_;
    std::uint64_t incarnation_;
    std::int64_t pid_;
    time_point started_;
    std::int64_t started_unix_ms_;
    time_point last_tick_;
    bool was_settled_ = false;
    registry registry_;
    pending_table pending_;
    std::size_t bytes_ = 0; // that pending calls carry
    // In this order: a list must go before what is linked into it.
    std::deque<worker> workers_;
    std::deque<service> services_;
    template <class Value>
    using table = boost::unordered_flat_map<std::string, Value, key_hash, std::equal_to<>>;
    table<std::uint32_t> by_key_;
    table<std::map<std::uint32_t, std::uint32_t>> served_; // by name: versions with live workers
    std::vector<std::uint32_t> free_workers_;
    std::vector<std::uint32_t> worker_by_peer_; // by the peer id's index
    boost::unordered_flat_map<std::string, std::uint32_t> by_instance_;
    struct told_peer {
        peer_id peer{};
        time_point at{};
    };
    std::vector<told_peer> told_; // to say READY, the last of each peer id's index
    service_counts nowhere_;      // of services that nobody has announced
    peer_budget budget_;
    std::uint64_t late_replies_ = 0;
    std::uint64_t refused_workers_ = 0;
    std::uint64_t dropped_reports_ = 0;
    std::size_t kept_metrics_ = 0; // bytes, of all workers
};

} // namespace postbus::bus
