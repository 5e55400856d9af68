#include "services/kit/wake.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace postbus::kit {

namespace {

void add(int epoll, int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
}

} // namespace

wake::wake(int other_fd)
    : event_{eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)}, both_{epoll_create1(EPOLL_CLOEXEC)} {
    if (event_ < 0 || both_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
    add(both_, event_);
    if (other_fd >= 0) add(both_, other_fd);
}

wake::~wake() {
    close(both_);
    close(event_);
}

void wake::call() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(event_, &one, sizeof one);
}

void wake::clear() const noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto taken = read(event_, &count, sizeof count);
}

} // namespace postbus::kit
