#include "tools/commands.hpp"

#include "bus/settings.hpp"
#include "tools/control_client.hpp"
#include "tools/duration.hpp"

#include <iostream>

namespace postbus::tools {

int restart(int argc, const char* const* argv) {
    std::string data = "data";
    std::string timeout = "30s";
    bool as_json = false;
    control_request request{"restart", std::vector<std::string>{}, {}, {}};
    bus::settings settings{
        "postbus restart",
        "Replaces processes of a running `postbus up` one after the other: a new one starts, and "
        "when it is ready the old one finishes what it has and ends. If the new one does not get "
        "ready, the old one stays. A broker ends first, for two cannot have one address; calls "
        "wait meanwhile.\n\n"
        "Example:\n"
        "  postbus restart users orders      (all workers of both)\n"
        "  postbus restart all --timeout 10s"};
    settings.text("data", "The data folder of that postbus up", data);
    settings.text("timeout", "How long a new process may take to get ready", timeout);
    settings.toggle("json", "Print what happens as one JSON object a line", as_json);
    settings.arguments("what", "Services, single processes such as users.1, gateway, broker, all",
                       *request.names, true);
    if (const auto code = settings.parse(argc, argv)) return *code;
    const auto limit = parse_duration(timeout);
    if (!limit || limit->count() <= 0) {
        std::cerr << "postbus restart: --timeout " << timeout << ": give a time such as 30s\n";
        return 2;
    }
    request.timeout_ms = std::chrono::milliseconds{*limit}.count();
    return ask_supervisor("restart", data, request, as_json);
}

} // namespace postbus::tools
