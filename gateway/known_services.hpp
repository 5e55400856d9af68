#pragma once

#include "bus/messages.hpp"

#include <chrono>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace postbus::gateway {

/// What the brokers' registries said, over time: every service ever announced, in the order in
/// which they were first seen, versions of one service upwards, until its last worker drained. A
/// broker that was restarted and has forgotten a service takes nothing away, and brokers that do
/// not agree make nothing flap. Pure.
class known_services {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// True: the services or their descriptions have changed.
    bool apply(const bus::registry_snapshot&, time_point now);

    std::span<const bus::service_description> services() const noexcept { return services_; }
    /// Some broker has been up long enough to know of every worker: what is in no route is nowhere.
    bool settled() const noexcept { return settled_; }

private:
    /// A broker had workers of a service lately: another's word does not withdraw it.
    struct sighting {
        bus::service_description description;
        std::uint64_t broker = 0; // incarnation
        time_point at;
    };

    bool learn(const bus::service_description&);
    const bus::service_description& preferred(const bus::service_description& heard,
                                              const bus::service_description& known) const;
    bool forget(const std::string& key);
    bool alive_somewhere(const std::string& key) const;

    std::vector<bus::service_description> services_;
    std::vector<sighting> sightings_;
    std::set<std::string> withdrawn_; // keys, until somebody serves them again
    bool settled_ = false;
};

} // namespace postbus::gateway
