#include "services/kit/process.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

namespace postbus::kit {

std::optional<process_facts> facts_of(pid_t pid) noexcept {
    char path[32];
    std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return std::nullopt;
    char text[1024];
    const auto size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0) return std::nullopt;
    text[size] = '\0';
    // The second field is the name in parentheses, which may hold anything: count from its end.
    // State is field 3, the start time field 22 (proc(5)).
    const char* const name_end = std::strrchr(text, ')');
    process_facts out;
    if (!name_end ||
        std::sscanf(name_end + 1,
                    " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                    "%lu",
                    &out.state, &out.start) != 2)
        return std::nullopt;
    return out;
}

std::optional<pid_t> flock_holder(int fd) {
    struct stat file {};
    if (fstat(fd, &file) != 0) return std::nullopt;
    std::ifstream locks{"/proc/locks"};
    for (std::string line; std::getline(locks, line);) {
        int pid = 0;
        unsigned major_id = 0;
        unsigned minor_id = 0;
        unsigned long inode = 0;
        if (std::sscanf(line.c_str(), "%*d: FLOCK %*s WRITE %d %x:%x:%lu", &pid, &major_id,
                        &minor_id, &inode) == 4 &&
            inode == file.st_ino && major_id == major(file.st_dev) &&
            minor_id == minor(file.st_dev) && pid > 0)
            return pid;
    }
    return std::nullopt;
}

kill_result kill_exactly(pid_t pid, std::uint64_t start) noexcept {
    // A pidfd pins the process: what is checked after it was opened is what gets the signal.
    const auto fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (fd < 0) return errno == ESRCH ? kill_result::gone : kill_result::forbidden;
    auto out = kill_result::gone;
    if (const auto facts = facts_of(pid); facts && facts->start == start) {
        if (facts->state == 'D') out = kill_result::disk;
        else if (syscall(SYS_pidfd_send_signal, fd, SIGKILL, nullptr, 0) == 0)
            out = kill_result::killed;
        else out = errno == ESRCH ? kill_result::gone : kill_result::forbidden;
    }
    close(fd);
    return out;
}

} // namespace postbus::kit
