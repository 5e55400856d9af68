// Keeps a number of calls in flight to echo/1 for some seconds; prints calls a second and the
// median round trip as JSON.
#include "bus/client.hpp"
#include "bus/messages.hpp"
#include "bus/settings.hpp"
#include "schemas/codec.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace postbus::bus;
using clock_type = std::chrono::steady_clock;

struct tally {
    client* bus = nullptr;
    std::string meta{};
    std::string body{};
    std::vector<float> micros{};
    std::size_t errors = 0;
    bool counting = false;
};

class caller final : public call_observer {
public:
    explicit caller(tally& t) : tally_{t} {}

    void start() {
        began_ = clock_type::now();
        tally_.bus->start({.service = "echo/1", .meta = tally_.meta, .body = tally_.body}, *this);
    }

    void on_reply(const call_reply& reply) override {
        if (reply.error != errc::ok || reply.body.size() != tally_.body.size()) ++tally_.errors;
        else if (tally_.counting)
            tally_.micros.push_back(
                std::chrono::duration<float, std::micro>(clock_type::now() - began_).count());
        start();
    }

private:
    tally& tally_;
    clock_type::time_point began_;
};

} // namespace

int main(int argc, char** argv) {
    client_options options{.brokers = {endpoint{}}};
    std::int64_t in_flight = 64;
    std::int64_t seconds = 3;
    std::int64_t size = 100;
    settings s{"bus-load", "Keeps calls in flight to echo/1 and prints how many were answered."};
    s.brokers(options.brokers);
    s.number("in-flight", "calls at once", in_flight, 1, 10'000);
    s.number("seconds", "how long to count, after half a second of warm-up", seconds, 1, 600);
    s.number("size", "bytes a body", size, 0, 1'000'000);
    if (const auto ended = s.parse(argc, argv)) return *ended;

    boost::asio::io_context io{1};
    client bus{io, options};
    tally t{.bus = &bus,
            .meta = postbus::schemas::encode(call_meta{.operation = "echo.echo"}),
            .body = std::string(static_cast<std::size_t>(size), 'x')};
    std::vector<caller> callers(static_cast<std::size_t>(in_flight), caller{t});
    for (auto& one : callers) one.start();

    boost::asio::steady_timer warm{io, std::chrono::milliseconds{500}};
    boost::asio::steady_timer end{io,
                                  std::chrono::milliseconds{500} + std::chrono::seconds{seconds}};
    warm.async_wait([&](auto) { t.counting = true; });
    end.async_wait([&](auto) { io.stop(); });
    io.run();

    std::sort(t.micros.begin(), t.micros.end());
    const auto at = [&](double share) {
        return t.micros.empty() ? 0.0F
                                : t.micros[static_cast<std::size_t>(
                                      share * static_cast<double>(t.micros.size() - 1))];
    };
    std::printf(
        "{\"in_flight\":%lld,\"per_second\":%.0f,\"p50_us\":%.0f,\"p99_us\":%.0f,\"errors\":%zu}\n",
        static_cast<long long>(in_flight),
        static_cast<double>(t.micros.size()) / static_cast<double>(seconds),
        static_cast<double>(at(0.5)), static_cast<double>(at(0.99)), t.errors);
    return t.errors == 0 && !t.micros.empty() ? 0 : 1;
}
