#pragma once

#include "bus/curve_key.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace postbus::bus {

/// Where a broker is: requests at this port, wake-ups and the registry at the next.
struct endpoint {
    std::string host =
        "127.0.0.1";           ///< a name, an IPv4 address, or an IPv6 address without brackets
    std::uint16_t port = 5550; ///< 1 to 65534
    /// What protects the way there. Null: nothing, everything is sent in the clear.
    std::shared_ptr<const curve_keys> keys{};

    std::string requests() const; ///< "tcp://127.0.0.1:5550"
    std::string events() const;   ///< "tcp://127.0.0.1:5551"
    bool loopback() const;        ///< 127.0.0.0/8, ::1 or localhost
    bool operator==(const endpoint&) const = default;
};

inline constexpr auto default_bus = "tcp://127.0.0.1:5550";

/// Reads "tcp://HOST:PORT". Nothing for any other text; `why` then says what would be right.
std::optional<endpoint> parse_endpoint(std::string_view text, std::string& why);

} // namespace postbus::bus
