// Keeps a number of NATS requests in flight for some seconds; prints the same JSON as bus-load.
// Usage: nats-load URL IN_FLIGHT SECONDS SIZE
#include <nats/nats.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

struct load {
    natsConnection* bus = nullptr;
    std::string inbox;
    std::string body;
    std::vector<clock_type::time_point> began;
    std::vector<float> micros;
    std::size_t errors = 0;
    std::atomic<bool> counting{false};
    std::atomic<bool> stopping{false};

    void start(std::size_t slot) {
        began[slot] = clock_type::now();
        const auto reply = inbox + '.' + std::to_string(slot);
        natsConnection_PublishRequest(bus, "echo", reply.c_str(), body.data(),
                                      static_cast<int>(body.size()));
    }
};

void on_reply(natsConnection*, natsSubscription*, natsMsg* message, void* context) {
    auto& l = *static_cast<load*>(context);
    const std::string subject = natsMsg_GetSubject(message);
    const auto slot = static_cast<std::size_t>(std::atol(subject.c_str() + l.inbox.size() + 1));
    if (natsMsg_GetDataLength(message) != static_cast<int>(l.body.size())) ++l.errors;
    else if (l.counting)
        l.micros.push_back(
            std::chrono::duration<float, std::micro>(clock_type::now() - l.began[slot]).count());
    natsMsg_Destroy(message);
    if (!l.stopping) l.start(slot);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "usage: nats-load URL IN_FLIGHT SECONDS SIZE\n");
        return 2;
    }
    load l;
    const auto in_flight = static_cast<std::size_t>(std::atol(argv[2]));
    const auto seconds = std::atol(argv[3]);
    l.body.assign(static_cast<std::size_t>(std::atol(argv[4])), 'x');
    l.began.resize(in_flight);
    natsOptions* options = nullptr; // sends at once: its default waits up to 1 ms for more
    natsInbox* inbox = nullptr;
    natsSubscription* replies = nullptr;
    if (natsOptions_Create(&options) != NATS_OK ||
        natsOptions_SetURL(options, argv[1]) != NATS_OK ||
        natsOptions_SetSendAsap(options, true) != NATS_OK ||
        natsConnection_Connect(&l.bus, options) != NATS_OK || natsInbox_Create(&inbox) != NATS_OK)
        return 1;
    l.inbox = inbox;
    const auto all = l.inbox + ".*";
    if (natsConnection_Subscribe(&replies, l.bus, all.c_str(), on_reply, &l) != NATS_OK) return 1;
    for (std::size_t slot = 0; slot < in_flight; ++slot) l.start(slot);
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    l.counting = true;
    std::this_thread::sleep_for(std::chrono::seconds{seconds});
    l.counting = false;
    l.stopping = true;
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    natsSubscription_Destroy(replies);
    natsConnection_Destroy(l.bus);
    natsInbox_Destroy(inbox);
    natsOptions_Destroy(options);
    nats_Close();

    std::sort(l.micros.begin(), l.micros.end());
    const auto at = [&](double share) {
        return l.micros.empty() ? 0.0F
                                : l.micros[static_cast<std::size_t>(
                                      share * static_cast<double>(l.micros.size() - 1))];
    };
    std::printf(
        "{\"in_flight\":%zu,\"per_second\":%.0f,\"p50_us\":%.0f,\"p99_us\":%.0f,\"errors\":%zu}\n",
        in_flight, static_cast<double>(l.micros.size()) / static_cast<double>(seconds),
        static_cast<double>(at(0.5)), static_cast<double>(at(0.99)), l.errors);
}
