#pragma once

#include <chrono>
#include <cstddef>

namespace postbus::kit {

/// What keeps a turn short, so that a worker answers pings within a second.
struct run_limits {
    std::size_t batch = 128;                       ///< writes a commit, at most
    std::chrono::milliseconds batch_time{200};     ///< then a batch takes no more requests
    std::chrono::milliseconds statement_time{500}; ///< then the database interrupts the request
    std::chrono::milliseconds handler_budget{50};  ///< a handler that takes longer is logged
};

} // namespace postbus::kit
