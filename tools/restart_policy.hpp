#pragma once

#include <chrono>

namespace postbus::tools {

/// How long to wait before a program that ended is started again: 20 ms, doubling up to 1 s with
/// each end, and 20 ms again once it has lived 5 s.
class restart_policy {
public:
    static constexpr std::chrono::milliseconds first_pause{20};
    static constexpr std::chrono::milliseconds longest_pause{1000};
    static constexpr std::chrono::milliseconds long_life{5000};

    /// For a program that has just ended after `lived`.
    std::chrono::milliseconds next_pause(std::chrono::milliseconds lived);

private:
    std::chrono::milliseconds pause_ = first_pause;
};

} // namespace postbus::tools
