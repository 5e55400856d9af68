#include "tools/commands.hpp"

#include "bus/settings.hpp"
#include "tools/supervisor.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>

namespace postbus::tools {

int up(int argc, const char* const* argv) {
    stack_options options;
    options.workers = {
        {"catalog", 1}, {"journal", 1}, {"orders", 1}, {"payments", 1}, {"users", 1}};
    bus::settings settings{"postbus up",
                           "Starts the stack (broker, workers, gateway), prints `ready URL` once "
                           "every service answers, and starts again what ends. Ctrl-C stops it "
                           "gracefully, a second one at once.\n\n"
                           "Example:\n"
                           "  postbus up --http 127.0.0.1:3000 --data ./data --scale orders=3"};
    settings.whole_bus(options.brokers);
    std::int64_t brokers = 0;
    settings.number("brokers",
                    "How many brokers, side by side: at the first one's address and each two ports "
                    "on; 0: one for each --bus",
                    brokers, 0, 8);
    settings.text("http", "HOST:PORT where the gateway listens", options.http);
    settings.text("data", "The folder of the databases; created when missing", options.data);
    settings.numbers("scale", "How many workers of a service; repeat it for several",
                     options.workers, 0, 64, "services.*.workers");
    if (const auto code = settings.parse(argc, argv)) return *code;
    if (brokers != 0) {
        const auto wanted = static_cast<std::size_t>(brokers);
        auto all = side_by_side(options.brokers, wanted);
        if (!all) {
            std::cerr << "postbus up: --brokers " << brokers << ": "
                      << why_not_side_by_side(options.brokers, wanted) << '\n';
            return 2;
        }
        options.brokers = *std::move(all);
    }
    options.security = settings.security();
    options.log_format = settings.log_format();
    // The children must read the same file, also when --config named it.
    if (!settings.file().empty()) setenv("POSTBUS_CONFIG", settings.file().c_str(), 1);
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return supervisor{std::move(options)}.run();
    } catch (const start_error& e) {
        std::cerr << "postbus up: " << e.what() << '\n';
        return 1;
    }
}

} // namespace postbus::tools
