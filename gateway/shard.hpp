#pragma once

#include "bus/client.hpp"
#include "bus/subscriber.hpp"
#include "gateway/figure_collector.hpp"
#include "gateway/known_services.hpp"
#include "gateway/options.hpp"
#include "gateway/refused_routes.hpp"
#include "gateway/scraper.hpp"
#include "gateway/session.hpp"
#include "gateway/shard_state.hpp"
#include "gateway/tcp.hpp"

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace postbus::gateway {

/// What the shards of a gateway share.
struct shard_commons {
    std::atomic<std::size_t> connections{0};
    route_numbers numbers;
    std::vector<figure_collector*> collectors; ///< complete before a shard runs
};

/// Everything that serves connections on one thread.
class shard {
public:
    /// Listens at once. `first`: it speaks in the log for all of them.
    shard(const options&, const boost::asio::ip::tcp::endpoint&, shard_commons&, bool first);

    /// Serves until drained.
    void run();
    /// Takes no more connections, answers what is open and lets run() return. From any thread.
    void drain();

private:
    using sessions = boost::intrusive::list<session, boost::intrusive::constant_time_size<false>>;

    void begin_to_accept();
    void tell_ready();
    task accept();
    task serve(tcp_socket);
    task tick();
    void open(tcp_socket);
    void begin_drain();
    void learn(const bus::registry_snapshot&);
    void listen_for_wakes();
    void hear(const bus::log_head&);
    task wake_waiting();
    shard_figures figures() const;
    void collect(std::function<void(bus::metric_report)>);
    void watch_clock(const bus::registry_entry&, std::chrono::milliseconds ahead);

    std::vector<bus::endpoint> brokers_;
    sessions sessions_; // outlives the coroutines that io_ holds
    boost::asio::io_context io_;
    shard_state state_;
    std::vector<char> room_;
    bus::client client_;
    figure_collector collector_;
    scraper metrics_;
    known_services services_;
    refused_routes refused_;
    bus::subscriber subscriber_;
    std::vector<std::string> wake_names_;    // services whose wake-ups are listened to
    std::unique_ptr<bus::subscriber> wakes_; // null: none
    std::set<std::string> changed_;          // since those who wait were told
    tcp_acceptor acceptor_;
    shard_commons& commons_;
    std::chrono::steady_clock::time_point heard_ = std::chrono::steady_clock::now(); // a registry
    std::chrono::steady_clock::time_point drain_deadline_;
    std::set<std::string> odd_clocks_; // services whose clock was found off
    bool first_;
    bool take_over_;
    bool accepting_ = false;
    bool told_ready_ = false; // whoever started this process
};

} // namespace postbus::gateway
