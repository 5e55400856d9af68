#include "tools/commands.hpp"

#include "bus/settings.hpp"
#include "schemas/cloud_event.hpp"
#include "schemas/codec.hpp"
#include "schemas/events_v1.hpp"
#include "schemas/json_write.hpp"
#include "tools/event_sources.hpp"
#include "tools/events_caller.hpp"

#include <spdlog/spdlog.h>

#include <iostream>

namespace postbus::tools {
namespace {

namespace v1 = schemas::events_v1;

struct parked_events {
    std::string service;
    std::vector<v1::parked_event> parked;
};
BOOST_DESCRIBE_STRUCT(parked_events, (), (service, parked))

struct replay_wanted {
    std::optional<std::string> source;
};
BOOST_DESCRIBE_STRUCT(replay_wanted, (), (source))

struct replayed {
    std::int64_t events = 0;
};
BOOST_DESCRIBE_STRUCT(replayed, (), (events))

void list(int argc, const char* const* argv) {
    std::vector<bus::endpoint> brokers;
    std::string service;
    std::int64_t after = 0;
    std::int64_t limit = 100;
    bool as_json = false;
    bus::settings settings{"postbus events list",
                           "Prints a service's events in the order of its log.\n\n"
                           "Example:\n"
                           "  postbus events list orders --after 20 --limit 5"};
    settings.brokers(brokers);
    settings.number("after", "Begin behind the event with this number", after, 0, INT64_MAX);
    settings.number("limit", "How many at most", limit, 1, v1::max_page);
    settings.toggle("json", "Print them as CloudEvents, one a line", as_json);
    settings.argument("SERVICE", "Whose events, such as orders", service, true);
    if (const auto code = settings.parse(argc, argv)) throw ended{*code};
    spdlog::set_level(spdlog::level::err);
    const auto page = schemas::decode<v1::page>(events_caller{brokers, service}.call(
        service, "events", schemas::to_json(v1::read_events{after, limit})));
    if (!page) throw ended{complain(1, "the service is of another version")};
    std::string out;
    for (const auto& one : page->events) {
        if (as_json) schemas::write_cloud_event(service, page->database, one, out);
        else
            out += std::to_string(one.seq) + "  " + schemas::rfc3339(one.at_ms) + "  " + one.topic +
                   "  " + (one.key.empty() ? "-" : one.key) + "  " + one.data;
        out += '\n';
    }
    std::cout << out;
}

void parked(int argc, const char* const* argv) {
    std::vector<bus::endpoint> brokers;
    std::string service;
    bool as_json = false;
    bus::settings settings{
        "postbus events parked",
        "Prints the events of others that a service could not process, and why; of "
        "every service if none is named.\n\n"
        "Example:\n"
        "  postbus events parked orders"};
    settings.brokers(brokers);
    settings.toggle("json", "Print them as JSON, one service a line", as_json);
    settings.argument("SERVICE", "Who could not process them", service, false);
    if (const auto code = settings.parse(argc, argv)) throw ended{*code};
    spdlog::set_level(spdlog::level::err);
    events_caller bus{brokers, service};
    const auto services = service.empty() ? bus.services() : std::vector{service};
    bool any = false;
    for (const auto& one : services) {
        const auto body = bus.call(one, "parked", R"({"limit":1000})");
        const auto found =
            read_answer<parked_events>(R"({"service":")" + one + R"(","parked":)" + body + '}');
        any |= !found.parked.empty();
        if (as_json) std::cout << schemas::to_json(found) << '\n';
        else
            for (const auto& event : found.parked)
                std::cout << one << ": " << event.source << ' ' << event.seq << "  " << event.topic
                          << "  " << (event.key.empty() ? "-" : event.key) << "  tried again "
                          << event.attempts << " times  "
                          << (event.reason.empty() ? "waits behind another of its key"
                                                   : event.reason)
                          << '\n';
    }
    if (!any && !as_json) std::cout << "no events are parked\n";
}

void replay(int argc, const char* const* argv) {
    std::vector<bus::endpoint> brokers;
    std::string service;
    std::string source;
    bool as_json = false;
    bus::settings settings{"postbus events replay",
                           "Lets a service try again now what it could not process.\n\n"
                           "Example:\n"
                           "  postbus events replay orders --source payments"};
    settings.brokers(brokers);
    settings.text("source", "Only the events of this service", source);
    settings.toggle("json", "Print it as JSON", as_json);
    settings.argument("SERVICE", "Who is to try again", service, true);
    if (const auto code = settings.parse(argc, argv)) throw ended{*code};
    spdlog::set_level(spdlog::level::err);
    replay_wanted wanted;
    if (!source.empty()) wanted.source = source;
    const auto body =
        events_caller{brokers, service}.call(service, "replay", schemas::to_json(wanted));
    if (as_json) std::cout << body << '\n';
    else
        std::cout << service << " tries " << read_answer<replayed>(body).events
                  << " parked events again\n";
}

void print_help(std::ostream& out) {
    out << "Looks into events logs, and lets services try again what they could not process.\n"
           "Usage: postbus events list SERVICE [--after N] [--limit N]\n"
           "       postbus events parked [SERVICE]\n"
           "       postbus events replay SERVICE [--source NAME]\n"
           "       postbus events sources [SERVICE]\n"
           "       postbus events accept SERVICE SOURCE --from-start|--from-head\n"
           "Each takes --json, --bus and --help.\n";
    out << "\nExamples:\n"
           "  postbus events list orders --limit 5\n"
           "  postbus events parked\n"
           "  postbus events replay orders --source payments\n";
}

} // namespace

int events(int argc, const char* const* argv) try {
    const std::string_view word = argc > 1 ? argv[1] : "";
    if (word == "--help" || word == "-h") {
        print_help(std::cout);
        return 0;
    }
    if (word == "list") list(argc - 1, argv + 1);
    else if (word == "parked") parked(argc - 1, argv + 1);
    else if (word == "replay") replay(argc - 1, argv + 1);
    else if (word == "sources") event_sources(argc - 1, argv + 1);
    else if (word == "accept") accept_source(argc - 1, argv + 1);
    else {
        print_help(std::cerr);
        return 2;
    }
    return 0;
} catch (const ended& how) {
    return how.code;
}

} // namespace postbus::tools
