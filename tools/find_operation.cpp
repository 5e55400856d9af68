#include "tools/find_operation.hpp"

#include "bus/served_entry.hpp"
#include "bus/subscriber.hpp"

#include <boost/asio/steady_timer.hpp>

namespace postbus::tools {

std::optional<found_operation> find_operation(const bus::registry_snapshot& registry,
                                              std::string_view name) {
    const auto* const entry = bus::served_entry(registry, name);
    if (!entry) return std::nullopt;
    for (const auto& one : entry->description.operations)
        if (one.name == name)
            return found_operation{one, entry->description.key(), entry->watermark,
                                   std::chrono::milliseconds{entry->database_ahead_ms}};
    return std::nullopt;
}

std::vector<std::string> operation_names(const bus::registry_snapshot& registry) {
    std::vector<std::string> names;
    for (const auto& entry : registry.services)
        for (const auto& one : entry.description.operations) names.push_back(one.name);
    return names;
}

std::optional<bus::registry_snapshot> await_registry(boost::asio::io_context& io,
                                                     const std::vector<bus::endpoint>& brokers,
                                                     std::string_view operation,
                                                     std::chrono::milliseconds limit) {
    std::optional<bus::registry_snapshot> heard;
    bool over = false;
    const bus::subscriber subscriber{io, brokers, [&](const bus::registry_snapshot& registry) {
                                         over |= registry.settled ||
                                                 find_operation(registry, operation).has_value();
                                         heard = registry;
                                     }};
    boost::asio::steady_timer timer{io, limit};
    timer.async_wait([&over](boost::system::error_code failed) {
        if (!failed) over = true;
    });
    while (!over && io.run_one() != 0) {
    }
    return heard;
}

} // namespace postbus::tools
