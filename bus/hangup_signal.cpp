#include "bus/hangup_signal.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace postbus::bus {

hangup_signal::hangup_signal() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    if (const int failed = pthread_sigmask(SIG_BLOCK, &set, nullptr); failed != 0)
        throw std::system_error{failed, std::generic_category(), "pthread_sigmask"};
    fd_ = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd_ < 0) throw std::system_error{errno, std::generic_category(), "signalfd"};
}

hangup_signal::~hangup_signal() {
    ::close(fd_);
}

bool take_hangup(int fd) {
    signalfd_siginfo info{};
    bool any = false;
    while (::read(fd, &info, sizeof info) == sizeof info) any = true;
    return any;
}

} // namespace postbus::bus
