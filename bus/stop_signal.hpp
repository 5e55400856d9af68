#pragma once

namespace postbus::bus {

/// SIGINT and SIGTERM as a readable descriptor. To be made before any other thread starts, so that
/// every thread inherits the blocked mask. A second signal ends the process at once, with exit code
/// 128 + its number. Throws std::system_error.
class stop_signal {
public:
    stop_signal();
    ~stop_signal();
    stop_signal(const stop_signal&) = delete;
    stop_signal& operator=(const stop_signal&) = delete;

    int fd() const noexcept { return fd_; }
    /// True when a signal has come; never blocks. From then on the next one ends the process.
    bool arrived();

private:
    int fd_;
    bool arrived_ = false;
};

} // namespace postbus::bus
