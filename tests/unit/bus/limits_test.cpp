#include "bus/context.hpp"
#include "bus/envelope.hpp"
#include "bus/half_message_limit.hpp"
#include "bus/ready_limits.hpp"
#include "bus/registry.hpp"
#include "bus/router.hpp"
#include "bus/topic_limit.hpp"
#include "tests/source_dir.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace postbus::bus {

namespace {

std::string grouped(std::uint64_t number) {
    auto out = std::to_string(number);
    if (out.size() > 4) out.insert(out.size() - 3, ",");
    return out;
}

std::string size(std::uint64_t bytes) {
    return bytes % (1024 * 1024) == 0 ? std::to_string(bytes / 1024 / 1024) + " MiB"
                                      : std::to_string(bytes / 1024) + " KiB";
}

} // namespace

TEST_CASE("docs/protocol.md names the limits that the code has") {
    std::ifstream file{std::string{POSTBUS_SOURCE_DIR} + "/docs/protocol.md"};
    std::stringstream text;
    text << file.rdbuf();
    const auto page = text.str();
    const router_options options;
    const call_queue::limits queue;
    using namespace std::string_literals;
    for (const auto& row : {
             "| a frame | " + size(max_frame_size),
             "| a meta; that of a REGISTRY | " + size(max_meta_size) + "; " +
                 size(max_registry_size),
             "| a body | " + size(max_body_size),
             "| a message, until its last frame comes | " + size(half_message_limit::max_bytes),
             "| a topic, on the events' port | " + std::to_string(topic_limit::max_message),
             "| topics, on the events' port | " + size(topic_limit::max_bytes),
             "| calls that wait, of a service and lane | " + grouped(queue.calls) + " and " +
                 size(queue.bytes),
             "| calls that it knows, of all services | " + grouped(options.max_calls) + " and " +
                 size(options.max_bytes),
             "| a call's time | " + std::to_string(router::longest_time_limit.count() / 1000) +
                 " s",
             "| workers | " + grouped(options.max_workers),
             "| services | " + grouped(registry::max_services),
             "| descriptions of all services | " + size(registry::max_bytes),
             "| descriptions of one version at once | " + std::to_string(registry::max_variants),
             "| a description, encoded | " + size(ready_limits::description_bytes),
             "| operations | " + std::to_string(registry::max_operations),
             "| `credits`, `slow_credits` | " + grouped(options.max_credits),
             "| `instance`, `database_id` | " + std::to_string(ready_limits::name_bytes),
             "| its database's clock | " + std::to_string(ready_limits::clock_ahead.count()) +
                 " min",
         }) {
        CAPTURE(row);
        CHECK_NE(page.find(row + ' '), std::string::npos);
    }
}

} // namespace postbus::bus
