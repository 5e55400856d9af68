#include "bus/stop_signal.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace postbus::bus {

namespace {

sigset_t stop_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

void end_at_once(int signal) {
    ::_exit(128 + signal);
}

} // namespace

stop_signal::stop_signal() {
    const auto set = stop_signals();
    if (const int failed = pthread_sigmask(SIG_BLOCK, &set, nullptr); failed != 0)
        throw std::system_error{failed, std::generic_category(), "pthread_sigmask"};
    std::signal(SIGPIPE, SIG_IGN); // a closed pipe or socket is an error of that write
    fd_ = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd_ < 0) throw std::system_error{errno, std::generic_category(), "signalfd"};
}

stop_signal::~stop_signal() {
    ::close(fd_);
}

bool stop_signal::arrived() {
    signalfd_siginfo info{};
    if (::read(fd_, &info, sizeof info) != sizeof info) return arrived_;
    arrived_ = true;
    std::signal(SIGINT, end_at_once);
    std::signal(SIGTERM, end_at_once);
    const auto set = stop_signals();
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    return true;
}

} // namespace postbus::bus
