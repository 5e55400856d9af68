#pragma once

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace postbus::tests {

/// Another process that runs a function, says when it got somewhere, and is gone at the latest with
/// this object. Made by fork: the function may use only what needs no thread of the parent.
class child {
public:
    template <class Body>
    explicit child(Body body) {
        int pipe_ends[2];
        if (pipe(pipe_ends) != 0) throw std::runtime_error{"pipe"};
        pid_ = fork();
        if (pid_ == 0) {
            alarm(60); // never left behind
            close(pipe_ends[0]);
            body([end = pipe_ends[1]] { [[maybe_unused]] const auto n = write(end, "x", 1); });
            _exit(0);
        }
        close(pipe_ends[1]);
        said_ = pipe_ends[0];
    }
    ~child() {
        signal(SIGKILL);
        wait_for_end();
        close(said_);
    }
    child(const child&) = delete;
    child& operator=(const child&) = delete;

    pid_t pid() const noexcept { return pid_; }
    /// Waits until it says something; false: it ended without a word.
    bool heard() const {
        char byte = 0;
        return read(said_, &byte, 1) == 1;
    }
    void signal(int number) const {
        if (pid_ > 0) kill(pid_, number);
    }
    /// Its wait status. Once.
    int wait_for_end() {
        int status = -1;
        if (pid_ > 0) waitpid(pid_, &status, 0);
        pid_ = 0;
        return status;
    }

private:
    pid_t pid_ = -1;
    int said_ = -1;
};

} // namespace postbus::tests
