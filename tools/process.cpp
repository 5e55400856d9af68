#include "tools/process.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace postbus::tools {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error{errno, std::generic_category(), what};
}

class pipe_pair {
public:
    explicit pipe_pair(int flags) {
        if (pipe2(ends_.data(), flags | O_CLOEXEC) != 0) fail("pipe");
    }
    ~pipe_pair() {
        for (const int end : ends_)
            if (end >= 0) close(end);
    }
    pipe_pair(const pipe_pair&) = delete;
    pipe_pair& operator=(const pipe_pair&) = delete;

    int read_end() const { return ends_[0]; }
    int write_end() const { return ends_[1]; }
    int take_read_end() { return std::exchange(ends_[0], -1); }
    void close_write_end() { close(std::exchange(ends_[1], -1)); }

private:
    std::array<int, 2> ends_{-1, -1};
};

/// A signal that arrived between fork and exec would run the parent's handler in the child.
class signals_blocked {
public:
    signals_blocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signals_blocked(const signals_blocked&) = delete;
    signals_blocked& operator=(const signals_blocked&) = delete;

private:
    sigset_t before_{};
};

/// Runs in the child, between fork and exec: async-signal-safe calls only. Reports errno.
[[noreturn]] void become(const char* program, char* const* arguments, pid_t parent, int empty,
                         int output, int errors, int report, int inherited) {
    // Out of the way of the number that the child is to find it at.
    report = fcntl(report, F_DUPFD_CLOEXEC, inherited_descriptor + 1);
    if (inherited >= 0) inherited = fcntl(inherited, F_DUPFD_CLOEXEC, inherited_descriptor + 1);
    const bool ready = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && setpgid(0, 0) == 0 &&
                       dup2(empty, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
                       dup2(errors, STDERR_FILENO) >= 0 &&
                       (inherited < 0 || dup2(inherited, inherited_descriptor) >= 0);
    // The parent may have died before it could be watched.
    if (getppid() != parent) _exit(1);
    for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGPIPE}) signal(one, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    // Libraries open descriptors too, and not all of them close on exec.
    const auto first_other = inherited < 0 ? STDERR_FILENO + 1 : inherited_descriptor + 1;
    close_range(static_cast<unsigned>(first_other), ~0U, CLOSE_RANGE_CLOEXEC);
    if (ready) execv(program, arguments);
    const int why = errno;
    [[maybe_unused]] const auto told = write(report, &why, sizeof why);
    _exit(127);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (auto& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

} // namespace

spawned spawn(const std::string& program, const std::vector<std::string>& arguments,
              int inherited) {
    std::vector<std::string> texts{program};
    texts.insert(texts.end(), arguments.begin(), arguments.end());
    const auto argv = pointers_to(texts);
    pipe_pair output{0};
    pipe_pair errors{0};
    pipe_pair report{0};
    const int empty = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (empty < 0) fail("/dev/null");
    const auto parent = getpid();
    pid_t pid = -1;
    {
        const signals_blocked guard;
        pid = fork();
        if (pid == 0)
            become(program.c_str(), argv.data(), parent, empty, output.write_end(),
                   errors.write_end(), report.write_end(), inherited);
    }
    close(empty);
    if (pid < 0) fail("fork");
    setpgid(pid, pid); // also here: whoever is first
    report.close_write_end();
    int why = 0;
    if (read(report.read_end(), &why, sizeof why) == sizeof why) {
        waitpid(pid, nullptr, 0);
        throw std::system_error{why, std::generic_category(), "cannot start " + program};
    }
    for (const int end : {output.read_end(), errors.read_end()})
        fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK);
    return {pid, output.take_read_end(), errors.take_read_end()};
}

std::optional<process_end> reap(pid_t pid) {
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) != pid) return std::nullopt;
    if (WIFSIGNALED(status)) return process_end{true, WTERMSIG(status)};
    return process_end{false, WEXITSTATUS(status)};
}

std::string describe(process_end how) {
    if (!how.by_signal) return "exit code " + std::to_string(how.code);
    return "signal " + std::to_string(how.code) + " (" + strsignal(how.code) + ')';
}

std::string own_folder() {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

} // namespace postbus::tools
