#include "bus/broker.hpp"
#include "bus/heap.hpp"
#include "bus/settings.hpp"
#include "bus/stop_signal.hpp"

#include <spdlog/spdlog.h>

#include <exception>

int main(int argc, char** argv) {
    using namespace postbus::bus;
    keep_heap();
    broker_options options;
    std::vector<endpoint> where{options.where};
    std::int64_t queue_calls = static_cast<std::int64_t>(options.router.queue.calls);
    std::int64_t queue_bytes = static_cast<std::int64_t>(options.router.queue.bytes);
    std::int64_t settle = options.router.settle.count();

    settings s{"postbus-broker", "Routes requests to idle workers and publishes who serves what."};
    s.listens(where);
    s.number("queue-calls", "calls that may wait for one service", queue_calls, 1, 1'000'000,
             "broker.queue-calls");
    s.number("queue-bytes", "bytes that may wait for one service", queue_bytes, 1024,
             std::int64_t{16} << 30, "broker.queue-bytes");
    s.number("settle-ms",
             "a broker this young refuses nothing as unknown: workers may be on their way", settle,
             0, 60'000, "broker.settle-ms");
    if (const auto ended = s.parse(argc, argv)) return *ended;
    if (where.size() != 1) {
        spdlog::error("--bus: a broker listens on one address, {} were given", where.size());
        return 2;
    }
    options.where = where.front();
    options.router.queue = {static_cast<std::size_t>(queue_calls),
                            static_cast<std::size_t>(queue_bytes)};
    options.router.settle = std::chrono::milliseconds{settle};
    if (options.where.keys) { // rather not at all than in the clear
        spdlog::error("--bus-key: this broker cannot encrypt yet; it does not start");
        return 2;
    }
    try {
        stop_signal stop;
        broker{options}.run(stop.fd());
        spdlog::info("broker stopped");
        return 0;
    } catch (const std::exception& failed) {
        spdlog::error("{}", failed.what());
        return 1;
    }
}
