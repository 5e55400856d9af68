#pragma once

#include "bus/messages.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace postbus::gateway {

/// What the brokers' registries said, over time: every service ever announced, in the order in
/// which they were first seen, versions of one service upwards, until its last worker drained. A
/// broker that was restarted and has forgotten a service takes nothing away, and brokers that do
/// not agree make nothing flap. A snapshot costs as much as what brokers said within the last ten
/// seconds is long, and no more than that is kept of what is withdrawn. Pure.
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
        std::uint64_t snapshot = 0; // in which it was said
    };

    void see(const std::string& key, const bus::service_description&, std::uint64_t broker,
             time_point now);
    void forget_sightings(std::uint64_t broker, time_point now);
    bool learn(const std::string& key, const bus::service_description&);
    void insert(const bus::service_description&);
    const bus::service_description& preferred(const std::string& key,
                                              const bus::service_description& heard,
                                              const bus::service_description& known) const;
    bool withdraw(const std::vector<std::string>& keys, time_point now);
    void remove_withdrawn();
    void number_services();

    std::vector<bus::service_description> services_;
    boost::unordered_flat_map<std::string, std::size_t> by_key_;   // where it is among them
    boost::unordered_flat_map<std::string, std::size_t> versions_; // by name: how many there are
    boost::unordered_flat_map<std::string, std::vector<sighting>> sightings_; // by key
    std::uint64_t snapshots_ = 0;
    // Keys, until somebody serves them again, and when a broker last listed or withdrew them.
    boost::unordered_flat_map<std::string, time_point> withdrawn_;
    bool settled_ = false;
};

} // namespace postbus::gateway
