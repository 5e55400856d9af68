#include "gateway/server.hpp"

#include "bus/notify.hpp"
#include "gateway/listener.hpp"
#include "gateway/shard.hpp"

#include <boost/asio/signal_set.hpp>
#include <spdlog/spdlog.h>

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <thread>

namespace postbus::gateway {

namespace net = boost::asio;

namespace {

/// How many of the wanted connections this process may have: each is a descriptor, and the usual
/// soft limit of 1024 would end it there.
std::size_t raise_descriptor_limit(std::size_t wanted) {
    constexpr std::size_t others = 128;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted + others) return wanted;
    const auto fit = std::max(limit.rlim_cur, 2 * others) - others;
    spdlog::info("taking at most {} connections: this process may open {} files (ulimit -n)", fit,
                 limit.rlim_cur);
    return fit;
}

/// Waits for signals on the thread that called serve().
class signal_watch {
public:
    explicit signal_watch(std::deque<shard>& shards) : shards_{shards} { wait(); }
    void run() { io_.run(); }
    void stop() { io_.stop(); }

private:
    void wait() {
        signals_.async_wait([this](const boost::system::error_code& failed, int number) {
            if (failed) return;
            if (stopping_) std::_Exit(128 + number);
            stopping_ = true;
            bus::notify("STOPPING=1");
            spdlog::info("draining: a second signal ends it at once");
            for (auto& one : shards_) one.drain();
            wait();
        });
    }

    std::deque<shard>& shards_;
    net::io_context io_{1};
    net::signal_set signals_{io_, SIGINT, SIGTERM};
    bool stopping_ = false;
};

} // namespace

void serve(options chosen) {
    const auto address = chosen.listen_fd >= 0
                             ? address_of(chosen.listen_fd, chosen.insecure_no_auth)
                             : probe(resolve(chosen.http, chosen.insecure_no_auth));
    chosen.limit.connections = raise_descriptor_limit(chosen.limit.connections);
    shard_commons commons;
    std::atomic<std::size_t> running{chosen.threads};
    std::deque<shard> shards;
    for (std::size_t i = 0; i < chosen.threads; ++i)
        shards.emplace_back(chosen, address, commons, i == 0);

    signal_watch signals{shards};
    spdlog::info("listening on {}", url(address));
    std::vector<std::thread> threads;
    for (auto& one : shards)
        threads.emplace_back([&] {
            one.run();
            if (running.fetch_sub(1) == 1) signals.stop();
        });
    signals.run();
    for (auto& one : threads) one.join();
    spdlog::info("drained");
}

} // namespace postbus::gateway
