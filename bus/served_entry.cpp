#include "bus/served_entry.hpp"

#include <algorithm>

namespace postbus::bus {

const registry_entry* served_entry(const registry_snapshot& registry, std::string_view operation) {
    const registry_entry* idle = nullptr;
    for (const auto& entry : registry.services) {
        if (std::ranges::none_of(entry.description.operations,
                                 [&](const auto& one) { return one.name == operation; }))
            continue;
        if (entry.workers != 0) return &entry;
        if (!idle) idle = &entry;
    }
    return idle;
}

} // namespace postbus::bus
