#pragma once

#include <chrono>
#include <cstddef>

namespace postbus::gateway {

/// What one client may use up. The defaults are those of the documentation.
struct limits {
    std::size_t head_bytes = 16 * 1024;   ///< request line and fields together; more is 431
    std::size_t head_fields = 100;        ///< more is 431
    std::size_t target_bytes = 8 * 1024;  ///< more is 414
    std::size_t body_bytes = 1024 * 1024; ///< more is 413
    std::size_t pipelined_bytes =
        16 * 1024;                    ///< read ahead while a call is open; then the client waits
    std::size_t connections = 20'000; ///< of the whole gateway; more are answered 503 and closed
    std::size_t waits = 1'000; ///< of a thread: answers held back for `Prefer: wait`; more are not

    std::chrono::milliseconds head_time{10'000};  ///< from its first byte to its last; then 408
    std::chrono::milliseconds body_time{30'000};  ///< without a byte; then 408
    std::chrono::milliseconds idle_time{60'000};  ///< between two requests
    std::chrono::milliseconds write_time{30'000}; ///< without the client taking a byte
    std::chrono::milliseconds linger_time{2'000}; ///< for the client to close after the last answer
    std::chrono::milliseconds farewell_time{500}; ///< for an idle client's next request at shutdown
    std::chrono::milliseconds half_closed_time{500}; ///< for a call whose client sends no more
    std::chrono::milliseconds drain_time{5'000};     ///< to finish open requests at shutdown
};

} // namespace postbus::gateway
