#pragma once

#include "tests/integration/timing.hpp"

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace postbus::tests {

/// A long line: what goes through it arrives so much later, in both directions. TCP on loopback.
class slow_link {
public:
    slow_link(std::uint16_t port, std::uint16_t to, milliseconds each_way);
    ~slow_link();
    slow_link(const slow_link&) = delete;
    slow_link& operator=(const slow_link&) = delete;

private:
    void accept_all();
    void carry(int near);

    std::uint16_t to_;
    milliseconds each_way_;
    std::atomic<bool> stopping_{false};
    int listener_;
    std::thread accepting_;
    std::vector<std::thread> threads_; // started by the one above; joined when that has ended
};

} // namespace postbus::tests
