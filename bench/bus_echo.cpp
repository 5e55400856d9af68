// A worker that answers every request with its own body: what the bus alone costs.
#include "bus/settings.hpp"
#include "bus/stop_signal.hpp"
#include "bus/worker.hpp"
#include "schemas/codec.hpp"

int main(int argc, char** argv) {
    using namespace postbus::bus;
    std::vector<endpoint> brokers{endpoint{}};
    settings s{"bus-echo", "Answers requests to echo/1 with their own body."};
    s.brokers(brokers);
    if (const auto ended = s.parse(argc, argv)) return *ended;

    stop_signal stop;
    service_description echo{.name = "echo", .version = 1, .database_id = "none", .operations = {}};
    worker w{{.brokers = brokers, .credits = 1024, .slow_credits = 1}, echo};
    const auto meta = postbus::schemas::encode(reply_meta{});
    std::vector<delivery> batch;
    while (!stop.arrived() && w.refused().empty()) {
        batch.clear();
        w.receive(batch, 1024, std::chrono::milliseconds{500}, stop.fd());
        for (const auto& d : batch) w.reply(d, meta, d.body);
    }
    w.close();
}
