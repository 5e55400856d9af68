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
    for (const auto& entry : snapshot.services) {
        if (entry.workers == 0) continue;
        sightings_.push_back({entry.description, snapshot.incarnation, now});
        withdrawn_.erase(entry.description.key());
    }
    bool changed = false;
    // Withdrawn by any broker, and alive at none: it stays so, although a broker that did not hear
    // its last worker drain still lists it.
    for (const auto& key : snapshot.withdrawn)
        if (!alive_somewhere(key)) {
            withdrawn_.insert(key);
            changed |= forget(key);
        }
    for (const auto& entry : snapshot.services)
        if (!withdrawn_.contains(entry.description.key())) changed |= learn(entry.description);
    return changed;
}

bool known_services::learn(const bus::service_description& heard) {
    const auto known = std::find_if(services_.begin(), services_.end(), [&](const auto& service) {
        return service.name == heard.name && service.version == heard.version;
    });
    if (known == services_.end()) {
        // Of two versions with the same route the one given first has it: the lower one.
        const auto higher = std::find_if(services_.begin(), services_.end(), [&](const auto& one) {
            return one.name == heard.name && one.version > heard.version;
        });
        services_.insert(higher, preferred(heard, heard));
        return true;
    }
    const auto& best = preferred(heard, *known);
    if (*known == best) return false;
    *known = best;
    return true;
}

/// While workers of two programs run, brokers may differ for longer than a moment about what the
/// service is: what has fewer operations is taken, since a call may come to any of them, and what
/// is known already rather than its equal.
const bus::service_description&
known_services::preferred(const bus::service_description& heard,
                          const bus::service_description& known) const {
    const auto* best = &heard;
    bool still_said = false;
    for (const auto& one : sightings_) {
        if (one.description.name != heard.name || one.description.version != heard.version)
            continue;
        still_said |= one.description == known;
        if (one.description.operations.size() < best->operations.size()) best = &one.description;
    }
    const bool equal = known.operations.size() == best->operations.size();
    return still_said && equal ? known : *best;
}

bool known_services::forget(const std::string& key) {
    return std::erase_if(services_, [&](const auto& service) { return service.key() == key; }) != 0;
}

bool known_services::alive_somewhere(const std::string& key) const {
    return std::any_of(sightings_.begin(), sightings_.end(),
                       [&](const sighting& one) { return one.description.key() == key; });
}

} // namespace postbus::gateway
