#pragma once

#include "tests/integration/timing.hpp"

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::tests {

/// Where the programs under test are: POSTBUS_BIN, else the `bin` beside the build folder. Those
/// that only tests use lie beside this one.
std::filesystem::path program(std::string_view name);

/// How a process ended: its exit code, or minus the signal that killed it.
using exit_code = int;

/// A program that runs in a folder, with its output in files there (NAME.out and NAME.err). It sees
/// no POSTBUS_* variable of ours, and dies with this process at the latest.
class process {
public:
    /// Throws std::system_error when it cannot be started.
    process(std::string name, const std::filesystem::path& program,
            const std::vector<std::string>& arguments, const std::filesystem::path& folder,
            std::string_view input = {});
    ~process(); ///< kills what still runs, and waits for it
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    const std::string& name() const noexcept { return name_; }
    pid_t pid() const noexcept { return pid_; }
    bool running();
    /// Does nothing once it has ended.
    void send(int signal);
    /// Nothing when it still runs after the (scaled) limit.
    std::optional<exit_code> wait(milliseconds limit);
    /// SIGKILL, and waits for the end.
    void kill();
    /// SIGTERM, and waits for the end; SIGKILL after the limit.
    std::optional<exit_code> stop(milliseconds limit = 10'000ms);

    const std::filesystem::path& out_file() const noexcept { return out_; }
    std::string out() const; ///< what it has written to stdout so far
    std::string err() const;

private:
    bool reap(int timeout_ms);

    std::string name_;
    std::filesystem::path out_;
    std::filesystem::path err_;
    pid_t pid_ = -1;
    int pidfd_ = -1;
    std::optional<exit_code> ended_;
};

struct finished {
    std::optional<exit_code> code; ///< nothing: it had to be killed
    std::string out;
    std::string err;
};

/// Runs a program to its end.
finished run(const std::string& name, const std::vector<std::string>& arguments,
             const std::filesystem::path& folder, milliseconds limit = 15'000ms,
             std::string_view input = {});

/// True while a thread of such a process runs: not for a zombie.
bool alive(pid_t pid);
/// The memory of a process that is in RAM (VmRSS), in MiB; 0 when it is gone.
double memory_of(pid_t pid);
/// The name of its program, cut to 15 characters; empty when it is gone.
std::string program_of(pid_t pid);
/// The children of a process, and theirs; those of one program only, if that is given.
std::vector<pid_t> descendants(pid_t pid, std::string_view program = {});

std::string read_file(const std::filesystem::path& path);

} // namespace postbus::tests
