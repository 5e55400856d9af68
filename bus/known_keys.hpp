#pragma once

#include <array>
#include <string_view>

namespace postbus::bus {

/// Every key that postbus.toml may hold. All programs read the one file, so each must know the keys
/// of the others. `*` stands for a service's name.
inline constexpr std::array<std::string_view, 6> known_keys{
    "bus",               ///< broker addresses: one text, or an array of them
    "http",              ///< where the gateway listens
    "data",              ///< the folder of the databases
    "log-format",        ///< text or json
    "services.*.db",     ///< connection string of that service's database
    "services.*.workers" ///< how many workers `postbus up` keeps running
};

} // namespace postbus::bus
