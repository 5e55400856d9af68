#pragma once

#include <chrono>
#include <cstdint>
#include <thread>

namespace postbus::tests {

using namespace std::chrono_literals;
using milliseconds = std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

/// A limit, never a wait: multiplied by POSTBUS_TIME_SCALE, by default 4 in sanitizer builds.
milliseconds scaled(milliseconds limit);

/// The number in an environment variable, for tests that can be made longer.
std::uint64_t number_from(const char* variable, std::uint64_t otherwise);

/// Asks until `done()`; false when that took longer than the (scaled) limit. For what can only be
/// asked for; whatever reports itself is awaited instead.
template <class Done>
bool eventually(milliseconds limit, Done&& done) {
    const auto deadline = clock::now() + scaled(limit);
    while (!done()) {
        if (clock::now() > deadline) return false;
        std::this_thread::sleep_for(5ms); // a pause between two questions
    }
    return true;
}

} // namespace postbus::tests
