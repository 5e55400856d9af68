#include "gateway/known_services.hpp"

#include <algorithm>

namespace postbus::gateway {

namespace {

/// A broker repeats its registry every few seconds; one not heard for this long is gone.
constexpr std::chrono::seconds sighting_lasts{10};

} // namespace

bool known_services::apply(const bus::registry_snapshot& snapshot, time_point now) {
    settled_ = settled_ || snapshot.settled;
    std::erase_if(sightings_, [&](const sighting& one) {
        return one.broker == snapshot.incarnation || now - one.at > sighting_lasts;
    });
    bool changed = false;
    const auto withdrawn = [&](const std::string& key) {
        return std::find(snapshot.withdrawn.begin(), snapshot.withdrawn.end(), key) !=
               snapshot.withdrawn.end();
    };
    for (const auto& entry : snapshot.services) {
        auto key = entry.description.key();
        if (entry.workers == 0 && withdrawn(key)) continue;
        if (entry.workers != 0) sightings_.push_back({std::move(key), snapshot.incarnation, now});
        changed |= learn(entry.description);
    }
    for (const auto& key : snapshot.withdrawn)
        if (!alive_somewhere(key)) changed |= forget(key);
    return changed;
}

bool known_services::learn(const bus::service_description& description) {
    const auto known = std::find_if(services_.begin(), services_.end(), [&](const auto& service) {
        return service.name == description.name && service.version == description.version;
    });
    if (known == services_.end()) {
        // Of two versions with the same route the one given first has it: the lower one.
        const auto higher = std::find_if(services_.begin(), services_.end(), [&](const auto& one) {
            return one.name == description.name && one.version > description.version;
        });
        services_.insert(higher, description);
        return true;
    }
    if (*known == description) return false;
    *known = description;
    return true;
}

bool known_services::forget(const std::string& key) {
    return std::erase_if(services_, [&](const auto& service) { return service.key() == key; }) != 0;
}

bool known_services::alive_somewhere(const std::string& key) const {
    return std::any_of(sightings_.begin(), sightings_.end(),
                       [&](const sighting& one) { return one.key == key; });
}

} // namespace postbus::gateway
