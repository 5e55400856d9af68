#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postbus::kit {

/// What the holder of the write lock says of itself in the lock file. Pure.
struct lock_record {
    enum class state { released, held, exempt }; ///< exempt: a migration, which may take long

    state now = state::released;
    pid_t pid = 0;
    std::uint64_t start = 0;       ///< of the process: pids are reused, start times are not
    std::uint64_t acquisition = 0; ///< counts up in one process

    bool operator==(const lock_record&) const = default;
};

inline constexpr std::size_t lock_record_size = 96;

std::string format(const lock_record&); ///< lock_record_size bytes, one line of text
std::optional<lock_record> parse_lock_record(std::string_view);

/// Tells a waiter when one acquisition has lasted too long. A pause between two looks counts for
/// 250 ms at most: a waiter that was frozen itself has seen nothing of what happened meanwhile.
class lock_watch {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit lock_watch(std::chrono::milliseconds limit = std::chrono::seconds{2})
        : limit_{limit} {}

    /// The record as it is now (nothing: unreadable). True once it has not changed for the limit,
    /// unless its holder is exempt.
    bool stuck(const std::optional<lock_record>& seen, time_point now);
    void reset() noexcept { watching_ = false; } ///< this process got the lock, or stopped waiting

private:
    std::chrono::milliseconds limit_;
    bool watching_ = false;
    std::optional<lock_record> last_;
    time_point last_look_;
    time_point::duration unchanged_{};
};

} // namespace postbus::kit
