#include "tools/commands.hpp"

#include "bus/settings.hpp"
#include "schemas/codec.hpp"
#include "schemas/json_read.hpp"
#include "tools/one_call.hpp"
#include "tools/status_table.hpp"

#include <spdlog/spdlog.h>

#include <iostream>

namespace postbus::tools {
namespace {

constexpr std::chrono::milliseconds time_limit{2000};

int print(const std::string& body, bool as_json) {
    if (as_json) {
        std::cout << body << '\n';
        return 0;
    }
    schemas::json_document document;
    schemas::field_errors errors;
    bus::broker_status read;
    if (!document.parse(body) || !schemas::read_json(document.root(), read, errors)) {
        std::cerr << "postbus status: the broker is of another version; use --json\n";
        return 1;
    }
    std::cout << status_table(read);
    return 0;
}

} // namespace

int status(int argc, const char* const* argv) {
    std::vector<bus::endpoint> brokers;
    bool as_json = false;
    bus::settings settings{"postbus status",
                           "Shows the services and workers that a broker knows.\n\n"
                           "Example:\n"
                           "  postbus status --json | python3 -m json.tool"};
    settings.brokers(brokers);
    settings.toggle("json", "Print it as JSON", as_json);
    if (const auto code = settings.parse(argc, argv)) return *code;
    spdlog::set_level(spdlog::level::err);

    boost::asio::io_context io;
    bus::client client{io, {.brokers = brokers}};
    bus::call_meta meta;
    meta.operation = "broker.status";
    const auto encoded = schemas::encode(meta);
    const auto answer = call_and_wait(io, client,
                                      {.service = bus::broker_service_key,
                                       .time_limit = time_limit,
                                       .meta = encoded,
                                       .body = {}});
    if (answer.error == bus::errc::expired || answer.error == bus::errc::broker_unreachable) {
        if (!client.refused().empty()) {
            std::cerr << "postbus status: " << client.refused() << '\n';
            return 1;
        }
        std::cerr << "postbus status: no broker answers at " << brokers.front().requests()
                  << "; is `postbus up` running, or is --bus another address?\n";
        return 3;
    }
    if (answer.error != bus::errc::ok || answer.meta.status >= 400) {
        std::cerr << "postbus status: refused: "
                  << (answer.error != bus::errc::ok ? message(answer.error) : answer.body) << '\n';
        return 1;
    }
    return print(answer.body, as_json);
}

} // namespace postbus::tools
