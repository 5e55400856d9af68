#include "tools/find_operation.hpp"

#include "bus/served_entry.hpp"
#include "bus/subscriber.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>

namespace postbus::tools {

namespace {

// A second broker may know what the first one, which is sure of what it knows, does not.
constexpr std::chrono::milliseconds for_others{300};

} // namespace

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

void add_to(bus::registry_snapshot& all, const bus::registry_snapshot& heard) {
    for (const auto& entry : heard.services) {
        const auto known = std::ranges::find_if(all.services, [&](const auto& one) {
            return one.description.key() == entry.description.key();
        });
        if (known == all.services.end()) all.services.push_back(entry);
        else if (entry.workers > known->workers) *known = entry;
    }
}

std::optional<bus::registry_snapshot> await_registry(boost::asio::io_context& io,
                                                     const std::vector<bus::endpoint>& brokers,
                                                     std::string_view operation,
                                                     std::chrono::milliseconds limit) {
    std::optional<bus::registry_snapshot> heard;
    std::set<std::uint64_t> sure;                    // incarnations
    const auto over = std::make_shared<bool>(false); // a handler may be left behind
    boost::asio::steady_timer timer{io};
    const auto end_after = [&](std::chrono::milliseconds time) {
        timer.expires_after(time);
        timer.async_wait([over](boost::system::error_code failed) { *over |= !failed; });
    };
    end_after(limit);
    const bus::subscriber subscriber{io, brokers, [&](const bus::registry_snapshot& registry) {
                                         if (heard) add_to(*heard, registry);
                                         else heard = registry;
                                         *over |= find_operation(*heard, operation).has_value();
                                         if (!registry.settled) return;
                                         // One that does not answer at all is not waited for.
                                         if (sure.empty()) end_after(std::min(limit, for_others));
                                         sure.insert(registry.incarnation);
                                         *over |= sure.size() == brokers.size();
                                     }};
    while (!*over && io.run_one() != 0) {
    }
    return heard;
}

} // namespace postbus::tools
