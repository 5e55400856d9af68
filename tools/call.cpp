#include "tools/commands.hpp"

#include "bus/nearest.hpp"
#include "bus/settings.hpp"
#include "schemas/codec.hpp"
#include "schemas/json_read.hpp"
#include "tools/answer_report.hpp"
#include "tools/call_arguments.hpp"
#include "tools/duration.hpp"
#include "tools/find_operation.hpp"
#include "tools/one_call.hpp"

#include <spdlog/spdlog.h>

#include <iostream>
#include <iterator>

namespace postbus::tools {
namespace {

// A broker that has just started is sure of its workers after 2 s.
constexpr std::chrono::milliseconds registry_limit{2500};

int complain(int code, const std::string& what) {
    std::cerr << "postbus call: " << what << '\n';
    return code;
}

std::string all_of_stdin() {
    return {std::istreambuf_iterator<char>{std::cin}, {}};
}

int report(const call_answer& answer, std::chrono::milliseconds limit) {
    if (!succeeded(answer)) return report_failure("postbus call", answer, limit);
    for (const auto& field : answer.meta.fields)
        if (field.name == "content-type" && field.value != "application/json")
            return complain(1, "the answer is for programs, not JSON (" + field.value +
                                   "); for events use postbus events list");
    std::cout << answer.body;
    if (!answer.body.empty() && !answer.body.ends_with('\n')) std::cout << '\n';
    std::cout << std::flush;
    return 0;
}

} // namespace

int call(int argc, const char* const* argv) {
    std::vector<bus::endpoint> brokers;
    std::string operation;
    std::string json = "{}";
    std::string timeout;
    bus::settings settings{
        "postbus call",
        "Calls an operation over the bus and prints the body of its answer. Exit code: 0 done, 1 "
        "refused (the problem is on stderr), 2 used wrongly, 3 no answer in time.\n\n"
        "Examples:\n"
        "  postbus call users.list '{}'\n"
        "  postbus call users.update '{\"id\":1,\"name\":\"Alice\"}'\n"
        "  echo '{\"user\":1,\"product\":\"Book\"}' | postbus call orders.create -"};
    settings.brokers(brokers);
    settings.text("timeout",
                  "How long to wait, such as 5s or 500ms; else the operation's own limit", timeout);
    settings.argument("OPERATION", "Its name, such as users.get", operation, true);
    settings.argument("JSON", "Its fields as a JSON object; - reads them from stdin", json, false);
    if (const auto code = settings.parse(argc, argv)) return *code;
    spdlog::set_level(spdlog::level::err);
    const auto given_limit = parse_duration(timeout);
    if (!timeout.empty() && !given_limit)
        return complain(2, "--timeout: must look like 5s or 500ms, not '" + timeout + '\'');
    if (json == "-") json = all_of_stdin();
    if (schemas::json_document document; !document.parse(json))
        return complain(2, "not valid JSON: " + document.error());

    boost::asio::io_context io;
    bus::client client{io, {.brokers = brokers}};
    const auto registry = await_registry(
        io, brokers, operation, std::min(registry_limit, given_limit.value_or(registry_limit)));
    if (!registry) return report_nobody("postbus call", client, brokers.front());
    const auto found = find_operation(*registry, operation);
    if (!found) {
        const auto near = bus::nearest(operation, operation_names(*registry));
        return complain(2, "unknown operation '" + operation + '\'' +
                               (near.empty() ? "; no service has announced any"
                                             : "; the nearest known one is '" + near + '\''));
    }
    std::string why;
    const auto arguments = split_arguments(found->operation, json, why);
    if (!arguments) return complain(2, why);
    client.keep_ids_ahead_of(found->watermark, found->database_ahead);
    const auto meta = schemas::encode(arguments->meta);
    const auto limit =
        given_limit.value_or(std::chrono::milliseconds{found->operation.time_limit_ms});
    return report(call_and_wait(io, client,
                                {.service = found->service,
                                 .write = !found->operation.safe,
                                 .slow = found->operation.slow,
                                 .time_limit = limit,
                                 .meta = meta,
                                 .body = arguments->body}),
                  limit);
}

} // namespace postbus::tools
