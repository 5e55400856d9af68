#pragma once

#include "bus/endpoint.hpp"

#include <string>
#include <vector>

namespace postbus::bus {

/// What protects the bus, as settings name it. All of it names files or public keys.
struct bus_security {
    std::string key;                      ///< --bus-key: a .key file, or a folder of them
    std::vector<std::string> broker_keys; ///< --broker-key: of all brokers, or of each
    std::string policy;                   ///< --bus-policy
    bool insecure = false;                ///< --insecure-bus

    /// The file that `key` stands for: in a folder, NAME.key, NAME being the program's ("users",
    /// "gateway", "broker"; commands are "postbus").
    std::string file_of(const std::string& name) const;
};

/// Which programs of the bus settings are for.
enum class bus_part { caller, broker, both };

/// Reads the keys of a caller or worker and gives each broker's address its own. Throws
/// settings_error when they are unfit, or missing for an address that other machines reach.
void secure_callers(const bus_security&, const std::string& name, std::vector<endpoint>& brokers);

/// The same for a broker.
void secure_broker(const bus_security&, std::vector<endpoint>& listens);

/// Throws settings_error unless there are a key and a policy, or neither.
void check_policy_given(const bus_security&);

} // namespace postbus::bus
