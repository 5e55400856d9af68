// Many services with a worker each, in one thread: what the bus costs when much is registered. Each
// answers GET /crowd/N with 204.
#include "bus/settings.hpp"
#include "bus/stop_signal.hpp"
#include "bus/worker.hpp"
#include "schemas/codec.hpp"

#include <poll.h>

int main(int argc, char** argv) {
    using namespace postbus::bus;
    std::vector<endpoint> brokers{endpoint{}};
    std::int64_t count = 200;
    settings s{"bus-crowd", "Many services with a worker each, which do nothing."};
    s.brokers(brokers);
    s.number("services", "how many", count, 1, 400);
    if (const auto ended = s.parse(argc, argv)) return *ended;

    stop_signal stop;
    std::vector<std::unique_ptr<worker>> crowd;
    for (std::int64_t n = 1; n <= count; ++n) {
        const auto name = "crowd" + std::to_string(n);
        operation get;
        get.name = name + ".get";
        get.method = "GET";
        get.path = "/crowd/" + std::to_string(n);
        get.safe = true;
        service_description one{name, 1, "none", {get}};
        crowd.push_back(std::make_unique<worker>(worker_options{.brokers = brokers}, one));
    }
    const auto meta = postbus::schemas::encode(reply_meta{200, {}});
    std::vector<delivery> batch;
    // Within the second that pings allow, and otherwise asleep.
    for (pollfd ended{stop.fd(), POLLIN, 0}; ::poll(&ended, 1, 50) == 0;)
        for (auto& one : crowd) {
            batch.clear();
            one->receive(batch, 64, std::chrono::milliseconds{0});
            for (const auto& d : batch) one->reply(d, meta, "{}");
            one->flush();
        }
    for (auto& one : crowd) one->close();
}
