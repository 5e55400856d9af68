#include "services/kit/stall_guard.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace postbus::kit {

namespace {

using namespace std::chrono_literals;

struct connection_ends {
    connection_ends() { socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both.data()); }
    ~connection_ends() {
        close(both[0]);
        close(both[1]);
    }
    std::array<int, 2> both{-1, -1};
};

} // namespace

TEST_CASE("a wait over its limit ends with the connection") {
    const connection_ends ends;
    stall_guard guard;
    guard.socket(ends.both[0]);
    guard.limit(50ms);
    const stall_guard::wait guarded{&guard};
    char c = 0;
    CHECK_EQ(recv(ends.both[0], &c, 1, 0), 0); // else it waits for ever
}

TEST_CASE("a connection stays whose waits are short, or have no limit, or no guard") {
    const connection_ends ends;
    stall_guard guard;
    guard.socket(ends.both[0]);
    guard.limit(20ms);
    { const stall_guard::wait brief{&guard}; }
    const stall_guard::wait patient{&guard, 0ms};
    const stall_guard::wait unguarded{nullptr};
    std::this_thread::sleep_for(250ms); // two looks of the guards' thread
    CHECK_EQ(send(ends.both[1], "x", 1, 0), 1);
    char c = 0;
    CHECK_EQ(recv(ends.both[0], &c, 1, 0), 1);
}

} // namespace postbus::kit
