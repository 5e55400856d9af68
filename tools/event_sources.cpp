#include "tools/event_sources.hpp"

#include "bus/settings.hpp"
#include "schemas/events_v1.hpp"
#include "schemas/json_write.hpp"
#include "tools/events_caller.hpp"

#include <spdlog/spdlog.h>

#include <iostream>
#include <optional>

namespace postbus::tools {

namespace {

namespace v1 = schemas::events_v1;

struct service_sources {
    std::string service;
    std::vector<v1::read_source> sources;
};
BOOST_DESCRIBE_STRUCT(service_sources, (), (service, sources))

struct acceptance {
    std::string source;
    std::string from;
};
BOOST_DESCRIBE_STRUCT(acceptance, (), (source, from))

std::string what_happened(const v1::read_source& one) {
    const auto& found = *one.found;
    const auto kept = found.first > found.head ? " without any event"
                                               : " with events " + std::to_string(found.first) +
                                                     " to " + std::to_string(found.head);
    if (found.reason == "replaced")
        return "it is in another database now, " + found.database + kept;
    if (found.reason == "went-back")
        return "it went back to event " + std::to_string(found.head) +
               ": an older state was restored";
    if (found.reason == "events-missing")
        return "it does not keep the events before " + std::to_string(found.first) + " any more";
    return found.reason;
}

std::string line(const std::string& service, const v1::read_source& one) {
    const auto place = service + " reads " + one.source + ": ";
    const auto at = std::to_string(one.seq) + " of database " + one.database;
    if (!one.found) return place + "up to event " + at + '\n';
    return place + "SOURCE-CHANGED: " + what_happened(one) + ". It was read up to event " + at +
           ", and nothing of it is read now.\n    `postbus events accept " + service + ' ' +
           one.source +
           " --from-start` lets it read all that is kept, --from-head only what came since.\n";
}

} // namespace

void event_sources(int argc, const char* const* argv) {
    std::vector<bus::endpoint> brokers;
    std::string service;
    bool as_json = false;
    bus::settings settings{"postbus events sources",
                           "Prints whose events a service reads and how far it is; of every "
                           "service if none is named. SOURCE-CHANGED means that a log is not the "
                           "one that was read so far, and waits for `postbus events accept`.\n\n"
                           "Example:\n"
                           "  postbus events sources orders"};
    settings.brokers(brokers);
    settings.toggle("json", "Print them as JSON, one service a line", as_json);
    settings.argument("SERVICE", "Who reads", service, false);
    if (const auto code = settings.parse(argc, argv)) throw ended{*code};
    spdlog::set_level(spdlog::level::err);
    events_caller bus{brokers, service};
    const auto services = service.empty() ? bus.services() : std::vector{service};
    std::string out;
    for (const auto& one : services) {
        const auto body = bus.call(one, "sources", "{}");
        const auto found =
            read_answer<service_sources>(R"({"service":")" + one + R"(","sources":)" + body + '}');
        if (as_json) out += schemas::to_json(found) + '\n';
        else
            for (const auto& each : found.sources) out += line(one, each);
    }
    std::cout << (out.empty() ? "no events of others have been read\n" : out);
}

void accept_source(int argc, const char* const* argv) {
    std::vector<bus::endpoint> brokers;
    std::string service;
    std::string source_name;
    bool from_start = false;
    bool from_head = false;
    bool as_json = false;
    bus::settings settings{"postbus events accept",
                           "Lets a service read on in a log that is not the one that it has read "
                           "so far (see `postbus events sources`). What it has done stays done.\n\n"
                           "Example:\n"
                           "  postbus events accept orders users --from-start"};
    settings.brokers(brokers);
    settings.toggle("from-start",
                    "Handle all events that the log keeps, also those that look like "
                    "ones handled before",
                    from_start);
    settings.toggle("from-head", "Handle only events that came after the change was noticed",
                    from_head);
    settings.toggle("json", "Print it as JSON", as_json);
    settings.argument("SERVICE", "Who is to read", service, true);
    settings.argument("SOURCE", "Whose events, such as users", source_name, true);
    if (const auto code = settings.parse(argc, argv)) throw ended{*code};
    spdlog::set_level(spdlog::level::err);
    if (from_start == from_head)
        throw ended{complain(2, "accept: give either --from-start (handle all events that the log "
                                "keeps) or --from-head (only those since the change was noticed)")};
    const auto body = events_caller{brokers, service}.call(
        service, "accept_source",
        schemas::to_json(acceptance{source_name, from_start ? "start" : "head"}));
    if (as_json) std::cout << body << '\n';
    else std::cout << line(service, read_answer<v1::read_source>(body));
}

} // namespace postbus::tools
