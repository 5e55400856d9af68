#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace postbus::kit {

/// What /proc says of a process.
struct process_facts {
    std::uint64_t start = 0; ///< clock ticks after boot; with the pid it names one process
    char state = '?'; ///< 'R' running, 'S' sleeping, 'D' waiting for a disk, 'T' stopped, …
};
std::optional<process_facts> facts_of(pid_t) noexcept;

/// The process that holds a flock on the file, by the kernel's own list; nothing when it is not
/// visible from here.
std::optional<pid_t> flock_holder(int fd);

enum class kill_result {
    killed,
    gone,      ///< no such process, or its pid belongs to another by now
    forbidden, ///< another user's
    disk,      ///< it waits for a disk: a signal would not help
};
/// SIGKILL for exactly that process.
kill_result kill_exactly(pid_t, std::uint64_t start) noexcept;

} // namespace postbus::kit
