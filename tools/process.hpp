#pragma once

#include "tools/supervision.hpp"

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace postbus::tools {

/// A child process and the read ends of what it prints (non-blocking, the caller's to close).
struct spawned {
    pid_t pid = -1;
    int output = -1;
    int errors = -1;
};

/// Starts `program` (a path) in a process group of its own, with no other descriptors than an empty
/// stdin, the two pipes and, as number 3, `inherited` (-1: none). It is killed when this process
/// ends, however that happens: the calling thread must live as long as the process does. Throws
/// std::system_error when it cannot start.
spawned spawn(const std::string& program, const std::vector<std::string>& arguments,
              int inherited = -1);
inline constexpr int inherited_descriptor = 3;

/// How `pid` ended, once it has; nothing while it runs.
std::optional<process_end> reap(pid_t pid);

/// "exit code 2", "signal 9 (Killed)".
std::string describe(process_end);

/// The folder of this program's own file: its sibling programs are there. Throws
/// std::system_error.
std::string own_folder();

} // namespace postbus::tools
