// Answers NATS requests on "echo" with their own body. Usage: nats-echo URL
#include <nats/nats.h>

#include <csignal>
#include <cstdio>

namespace {
void answer(natsConnection* bus, natsSubscription*, natsMsg* message, void*) {
    natsConnection_Publish(bus, natsMsg_GetReply(message), natsMsg_GetData(message),
                           natsMsg_GetDataLength(message));
    natsMsg_Destroy(message);
}
} // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, nullptr);
    natsOptions* options = nullptr; // sends at once: its default waits up to 1 ms for more
    natsConnection* bus = nullptr;
    natsSubscription* requests = nullptr;
    if (natsOptions_Create(&options) != NATS_OK ||
        natsOptions_SetURL(options, argv[1]) != NATS_OK ||
        natsOptions_SetSendAsap(options, true) != NATS_OK ||
        natsConnection_Connect(&bus, options) != NATS_OK ||
        natsConnection_QueueSubscribe(&requests, bus, "echo", "workers", answer, nullptr) !=
            NATS_OK) {
        std::fprintf(stderr, "nats-echo: cannot connect to %s\n", argv[1]);
        return 1;
    }
    int which = 0;
    sigwait(&stop, &which);
    natsSubscription_Destroy(requests);
    natsConnection_Destroy(bus);
    natsOptions_Destroy(options);
    nats_Close();
}
