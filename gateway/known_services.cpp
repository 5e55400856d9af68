#include "gateway/known_services.hpp"

#include <algorithm>

namespace postbus::gateway {

namespace {

/// A broker repeats its registry every few seconds; one not heard for this long is gone.
constexpr std::chrono::seconds sighting_lasts{10};

} // namespace

bool known_services::apply(const bus::registry_snapshot& snapshot, time_point now) {
    settled_ = settled_ || snapshot.settled;
    ++snapshots_;
    std::vector<std::string> keys;
    for (const auto& entry : snapshot.services) {
        keys.push_back(entry.description.key());
        const auto withdrawn = withdrawn_.find(keys.back());
        if (entry.workers != 0) {
            see(keys.back(), entry.description, snapshot.incarnation, now);
            if (withdrawn != withdrawn_.end()) withdrawn_.erase(withdrawn);
        } else if (withdrawn != withdrawn_.end()) {
            withdrawn->second = now;
        }
    }
    forget_sightings(snapshot.incarnation, now);
    bool changed = withdraw(snapshot.withdrawn, now);
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (!withdrawn_.contains(keys[i]))
            changed |= learn(keys[i], snapshot.services[i].description);
    return changed;
}

/// The one that spoke last is the last of them.
void known_services::see(const std::string& key, const bus::service_description& said,
                         std::uint64_t broker, time_point now) {
    auto& all = sightings_[key];
    const auto mine = std::find_if(all.begin(), all.end(),
                                   [&](const sighting& one) { return one.broker == broker; });
    if (mine == all.end()) {
        all.push_back({said, broker, now, snapshots_});
        return;
    }
    std::rotate(mine, mine + 1, all.end());
    auto& last = all.back();
    last.at = now;
    last.snapshot = snapshots_;
    if (last.description != said) last.description = said;
}

/// What this broker does not say any more, and what others have not said for long.
void known_services::forget_sightings(std::uint64_t broker, time_point now) {
    for (auto at = sightings_.begin(); at != sightings_.end();) {
        std::erase_if(at->second, [&](const sighting& one) {
            return one.broker == broker ? one.snapshot != snapshots_
                                        : now - one.at > sighting_lasts;
        });
        const auto done = at++;
        if (done->second.empty()) sightings_.erase(done);
    }
}

bool known_services::learn(const std::string& key, const bus::service_description& heard) {
    const auto at = by_key_.find(key);
    if (at == by_key_.end()) {
        insert(preferred(key, heard, heard));
        return true;
    }
    auto& known = services_[at->second];
    const auto& best = preferred(key, heard, known);
    if (known == best) return false;
    known = best;
    return true;
}

/// Of two versions with the same route the one given first has it: the lower one.
void known_services::insert(const bus::service_description& fresh) {
    auto& versions = versions_[fresh.name];
    const auto higher =
        versions++ == 0 ? services_.end()
                        : std::find_if(services_.begin(), services_.end(), [&](const auto& one) {
                              return one.name == fresh.name && one.version > fresh.version;
                          });
    const bool last = higher == services_.end();
    services_.insert(higher, fresh);
    if (last) by_key_.emplace(fresh.key(), services_.size() - 1);
    else number_services();
}

/// While workers of two programs run, brokers may differ for longer than a moment about what the
/// service is: what has fewer operations is taken, since a call may come to any of them, and what
/// is known already rather than its equal.
const bus::service_description&
known_services::preferred(const std::string& key, const bus::service_description& heard,
                          const bus::service_description& known) const {
    const auto* best = &heard;
    bool still_said = false;
    const auto said = sightings_.find(key);
    if (said == sightings_.end()) return heard;
    for (const auto& one : said->second) {
        still_said |= one.description == known;
        if (one.description.operations.size() < best->operations.size()) best = &one.description;
    }
    const bool equal = known.operations.size() == best->operations.size();
    return still_said && equal ? known : *best;
}

/// Withdrawn by any broker, and alive at none: it stays so, although a broker that did not hear its
/// last worker drain still lists it. What no broker speaks of any more need not be remembered.
bool known_services::withdraw(const std::vector<std::string>& keys, time_point now) {
    bool known = false;
    for (const auto& key : keys) {
        if (sightings_.contains(key)) continue;
        withdrawn_[key] = now;
        known |= by_key_.contains(key);
    }
    erase_if(withdrawn_, [&](const auto& one) { return now - one.second > sighting_lasts; });
    if (known) remove_withdrawn();
    return known;
}

void known_services::remove_withdrawn() {
    std::erase_if(services_, [&](const auto& service) {
        if (!withdrawn_.contains(service.key())) return false;
        const auto versions = versions_.find(service.name);
        if (--versions->second == 0) versions_.erase(versions);
        return true;
    });
    number_services();
}

void known_services::number_services() {
    by_key_.clear();
    for (std::size_t i = 0; i < services_.size(); ++i) by_key_.emplace(services_[i].key(), i);
}

} // namespace postbus::gateway
