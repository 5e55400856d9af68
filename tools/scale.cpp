#include "tools/commands.hpp"

#include "bus/settings.hpp"
#include "tools/control_client.hpp"
#include "tools/duration.hpp"

#include <charconv>
#include <iostream>

namespace postbus::tools {
namespace {

/// Reads "orders=3".
std::optional<wanted_workers> parse_wanted(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) return std::nullopt;
    wanted_workers out{text.substr(0, equals), 0};
    const auto* const end = text.data() + text.size();
    const auto [read, failed] = std::from_chars(text.data() + equals + 1, end, out.workers);
    if (failed != std::errc{} || read != end) return std::nullopt;
    return out;
}

} // namespace

int scale(int argc, const char* const* argv) {
    std::string data = "data";
    std::string timeout = "30s";
    bool as_json = false;
    std::vector<std::string> given;
    control_request request{"scale", {}, std::vector<wanted_workers>{}, {}};
    bus::settings settings{
        "postbus scale",
        "Changes how many workers services of a running `postbus up` have, from 0 to 64. Workers "
        "that are too many finish what they have. What is set here lasts until that postbus up "
        "ends; for longer, set `workers` of [services.NAME] in postbus.toml.\n\n"
        "Example:\n"
        "  postbus scale orders=3 users=2"};
    settings.text("data", "The data folder of that postbus up", data);
    settings.text("timeout", "How long a new process may take to get ready", timeout);
    settings.toggle("json", "Print what happens as one JSON object a line", as_json);
    settings.arguments("what", "SERVICE=N", given, true);
    if (const auto code = settings.parse(argc, argv)) return *code;
    const auto refuse = [](const std::string& why) {
        std::cerr << "postbus scale: " << why << '\n';
        return 2;
    };
    const auto limit = parse_duration(timeout);
    if (!limit || limit->count() <= 0)
        return refuse("--timeout " + timeout + ": give a time such as 30s");
    request.timeout_ms = std::chrono::milliseconds{*limit}.count();
    for (const auto& text : given) {
        const auto one = parse_wanted(text);
        if (!one) return refuse('\'' + text + "' must look like orders=3");
        request.scale->push_back(*one);
    }
    return ask_supervisor("scale", data, request, as_json);
}

} // namespace postbus::tools
