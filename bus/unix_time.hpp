#pragma once

#include <chrono>
#include <cstdint>

namespace postbus::bus {

/// This machine's clock: ms since 1970 (POSIX time). May jump; use steady_clock to measure.
inline std::int64_t unix_ms() noexcept {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

} // namespace postbus::bus
