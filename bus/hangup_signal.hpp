#pragma once

namespace postbus::bus {

/// SIGHUP as a readable descriptor: read the settings again. To be made before any other thread
/// starts. Throws std::system_error.
class hangup_signal {
public:
    hangup_signal();
    ~hangup_signal();
    hangup_signal(const hangup_signal&) = delete;
    hangup_signal& operator=(const hangup_signal&) = delete;

    int fd() const noexcept { return fd_; }

private:
    int fd_;
};

/// True when a signal has come since it was last asked; never blocks.
bool take_hangup(int fd);

} // namespace postbus::bus
