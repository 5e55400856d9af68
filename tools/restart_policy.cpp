#include "tools/restart_policy.hpp"

#include <algorithm>
#include <utility>

namespace postbus::tools {

std::chrono::milliseconds restart_policy::next_pause(std::chrono::milliseconds lived) {
    if (lived >= long_life) pause_ = first_pause;
    return std::exchange(pause_, std::min(pause_ * 2, longest_pause));
}

} // namespace postbus::tools
