#include "tools/commands.hpp"

#include "bus/settings.hpp"
#include "schemas/json_write.hpp"
#include "tools/broker_complaint.hpp"
#include "tools/status_table.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iostream>

namespace postbus::tools {
namespace {

constexpr std::chrono::milliseconds time_limit{2000};

using answers = std::vector<bus::broker_answer>;

answers ask_all(const std::vector<bus::endpoint>& brokers) {
    boost::asio::io_context io;
    bus::broker_survey survey{io, {.brokers = brokers}};
    answers out;
    survey.ask("broker.status", time_limit, [&](answers all) {
        out = std::move(all);
        io.stop();
    });
    io.run();
    return out;
}

} // namespace

int status(int argc, const char* const* argv) {
    std::vector<bus::endpoint> brokers;
    bool as_json = false;
    bus::settings settings{"postbus status",
                           "Shows the services and workers that the brokers know.\n\n"
                           "Example:\n"
                           "  postbus status --json | python3 -m json.tool"};
    settings.brokers(brokers);
    settings.toggle("json", "Print it as JSON", as_json);
    if (const auto code = settings.parse(argc, argv)) return *code;
    spdlog::set_level(spdlog::level::err);

    const auto said = ask_all(brokers);
    const auto all = merge_status(said);
    if (std::ranges::none_of(all.brokers, &shown_broker::answered))
        return no_broker("postbus status", said);
    for (std::size_t i = 0; i < said.size(); ++i)
        if (!all.brokers[i].answered) std::cerr << "postbus status: " << complaint(said[i]) << '\n';
    std::cout << (as_json ? schemas::to_json(all) + '\n' : status_table(all));
    return 0;
}

} // namespace postbus::tools
