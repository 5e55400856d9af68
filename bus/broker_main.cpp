#include "bus/broker.hpp"
#include "bus/descriptors.hpp"
#include "bus/hangup_signal.hpp"
#include "bus/heap.hpp"
#include "bus/notify.hpp"
#include "bus/settings.hpp"
#include "bus/stop_signal.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <optional>

int main(int argc, char** argv) {
    using namespace postbus::bus;
    keep_heap();
    broker_options options;
    std::vector<endpoint> where{options.where};
    std::int64_t queue_calls = static_cast<std::int64_t>(options.router.queue.calls);
    std::int64_t queue_bytes = static_cast<std::int64_t>(options.router.queue.bytes);
    std::int64_t queue_wait = options.router.queue_wait.count();
    std::int64_t pending_calls = static_cast<std::int64_t>(options.router.max_calls);
    std::int64_t pending_bytes = static_cast<std::int64_t>(options.router.max_bytes);
    std::int64_t settle = options.router.settle.count();

    settings s{"postbus-broker", "Routes requests to idle workers and publishes who serves what."};
    s.listens(where);
    s.number("queue-calls", "calls that may wait, of each service and lane (quick, slow)",
             queue_calls, 1, 1'000'000, "broker.queue-calls");
    s.number("queue-bytes", "bytes of those calls, likewise", queue_bytes, 1024,
             std::int64_t{16} << 30, "broker.queue-bytes");
    s.number("queue-wait-ms",
             "a request that would wait longer for its service is refused at once; 0: none is",
             queue_wait, 0, 600'000, "broker.queue-wait-ms");
    s.number("pending-calls", "calls of all services together, those that workers have included",
             pending_calls, 100, 10'000'000, "broker.pending-calls");
    s.number("pending-bytes", "bytes that those carry", pending_bytes, 1024, std::int64_t{64} << 30,
             "broker.pending-bytes");
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
    options.router.queue_wait = std::chrono::milliseconds{queue_wait};
    options.router.max_calls = static_cast<std::size_t>(pending_calls);
    options.router.max_bytes = static_cast<std::size_t>(pending_bytes);
    options.router.settle = std::chrono::milliseconds{settle};
    options.policy = s.security().policy;
    try {
        stop_signal stop;
        raise_descriptor_limit();
        std::optional<hangup_signal> hangup;
        if (options.where.keys) hangup.emplace();
        broker bus{options};
        notify("READY=1"); // it listens
        bus.run(stop.fd(), hangup ? hangup->fd() : -1);
        notify("STOPPING=1");
        spdlog::info("broker stopped");
        return 0;
    } catch (const std::exception& failed) {
        spdlog::error("{}", failed.what());
        return 1;
    }
}
