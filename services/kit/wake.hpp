#pragma once

namespace postbus::kit {

/// What ends a worker's wait for messages: another thread, or a second descriptor (a signal's).
class wake {
public:
    /// `other_fd` also makes fd() readable; -1: none. Throws std::system_error.
    explicit wake(int other_fd = -1);
    ~wake();
    wake(const wake&) = delete;
    wake& operator=(const wake&) = delete;

    int fd() const noexcept { return both_; }        ///< to wait on
    int event_fd() const noexcept { return event_; } ///< to be written to, from any thread
    void call() const noexcept;                      ///< the same, done
    void clear() const noexcept;                     ///< what was called so far has been seen

private:
    int event_ = -1;
    int both_ = -1;
};

} // namespace postbus::kit
