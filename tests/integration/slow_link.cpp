#include "tests/integration/slow_link.hpp"

#include "tests/integration/loopback.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <string>
#include <system_error>
#include <utility>

namespace postbus::tests {

namespace {

constexpr int look_ms = 50; // how often a quiet connection sees that the test is over

/// What is on its way in one direction.
struct way {
    int from;
    int to;
    std::deque<std::pair<clock::time_point, std::string>> under_way{};

    // False when it is over.
    bool take(clock::time_point arrives) {
        std::array<char, 65536> buffer;
        const auto size = recv(from, buffer.data(), buffer.size(), 0);
        if (size > 0)
            under_way.emplace_back(arrives,
                                   std::string{buffer.data(), static_cast<std::size_t>(size)});
        return size > 0;
    }
    bool deliver(clock::time_point now) {
        for (; !under_way.empty() && under_way.front().first <= now; under_way.pop_front()) {
            if (!send_all(to, under_way.front().second)) return false;
        }
        return true;
    }
    int wait_ms(clock::time_point now) const {
        if (under_way.empty()) return look_ms;
        const auto left = std::chrono::ceil<milliseconds>(under_way.front().first - now).count();
        return std::clamp(static_cast<int>(left), 0, look_ms);
    }
};

} // namespace

slow_link::slow_link(std::uint16_t port, std::uint16_t to, milliseconds each_way)
    : to_{to}, each_way_{each_way}, listener_{tcp_socket()} {
    if (!listen_at(listener_, port))
        throw std::system_error{errno, std::generic_category(), "a slow link"};
    accepting_ = std::thread{[this] { accept_all(); }};
}

slow_link::~slow_link() {
    stopping_ = true;
    accepting_.join();
    for (auto& one : threads_) one.join();
    close(listener_);
}

void slow_link::accept_all() {
    while (!stopping_) {
        pollfd ready{listener_, POLLIN, 0};
        if (poll(&ready, 1, look_ms) <= 0) continue;
        const int near = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (near >= 0) threads_.emplace_back([this, near] { carry(near); });
    }
}

void slow_link::carry(int near) {
    const int far = tcp_socket();
    bool open = connect_to(far, to_);
    send_at_once(near);
    send_at_once(far);
    way there{near, far};
    way back{far, near};
    while (open && !stopping_) {
        const auto wait = std::min(there.wait_ms(clock::now()), back.wait_ms(clock::now()));
        std::array<pollfd, 2> ready{{{near, POLLIN, 0}, {far, POLLIN, 0}}};
        (void)poll(ready.data(), ready.size(), wait);
        const auto now = clock::now();
        if (ready[0].revents != 0) open = there.take(now + each_way_);
        if (open && ready[1].revents != 0) open = back.take(now + each_way_);
        open = open && there.deliver(now) && back.deliver(now);
    }
    close(far);
    close(near);
}

} // namespace postbus::tests
