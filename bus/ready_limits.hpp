#pragma once

#include "bus/messages.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace postbus::bus {

/// What a READY may say of the worker itself; of its service see registry.
struct ready_limits {
    static constexpr std::size_t description_bytes = 256 * 1024; ///< encoded
    static constexpr std::size_t name_bytes = 64;                ///< of an instance or a database
    /// Watermark and clock of a database: gateways make their call ids ahead of both, for all
    /// services, so that one which is far off would harm the others.
    static constexpr std::chrono::minutes clock_ahead{60};
};

/// Why it is refused for good; empty when it is fine. `bytes`: of the description, encoded.
/// `unix_ms`: the broker's clock.
std::string objection_to(const ready&, std::size_t bytes, std::uint32_t max_credits,
                         std::int64_t unix_ms);

/// The same text, cut where it is longer than a line of a log should be.
std::string shortened(std::string text);

} // namespace postbus::bus
