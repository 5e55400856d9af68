#include "services/kit/write_lock.hpp"

#include "services/kit/process.hpp"
#include "services/kit/wake.hpp"
#include "tests/unit/services/kit/child.hpp"
#include "tests/unit/services/kit/temp_folder.hpp"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/file.h>

#include <cstdio>

namespace postbus::tests {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Holds the lock until it is killed.
child holder(const std::filesystem::path& file,
             kit::write_lock::purpose purpose = kit::write_lock::purpose::writing) {
    return child{[=](const auto& say) {
        kit::write_lock lock{file};
        if (lock.try_acquire(purpose)) say();
        while (true) pause();
    }};
}

bool readable(int fd, std::chrono::milliseconds timeout) {
    pollfd item{fd, POLLIN, 0};
    return poll(&item, 1, static_cast<int>(timeout.count())) == 1;
}

} // namespace

TEST_CASE("one process at a time has the lock, and the waiter is woken when it gets it") {
    temp_folder folder;
    const auto other = std::make_unique<child>([file = folder / "lock"](const auto& say) {
        kit::write_lock lock{file};
        if (!lock.try_acquire()) return;
        say();
        usleep(100'000); // until the other waits
        lock.release();
        while (true) pause();
    });
    REQUIRE(other->heard());
    kit::wake wake;
    kit::write_lock lock{folder / "lock", wake.event_fd()};
    CHECK_FALSE(lock.try_acquire());
    lock.wait();
    CHECK(lock.waiting());
    REQUIRE(readable(wake.fd(), 10s));
    CHECK(lock.held());
    lock.release();
    CHECK(lock.try_acquire());
}

TEST_CASE("a holder that is killed lets go") {
    temp_folder folder;
    auto other = holder(folder / "lock");
    REQUIRE(other.heard());
    kit::wake wake;
    kit::write_lock lock{folder / "lock", wake.event_fd()};
    lock.wait();
    CHECK_FALSE(readable(wake.fd(), 20ms));
    other.signal(SIGKILL);
    CHECK(readable(wake.fd(), 10s));
    CHECK(lock.held());
}

TEST_CASE("a stopped holder is killed, and the lock goes on") {
    spdlog::set_level(spdlog::level::off);
    temp_folder folder;
    auto other = holder(folder / "lock");
    REQUIRE(other.heard());
    other.signal(SIGSTOP);
    kit::write_lock lock{folder / "lock", -1, kit::lock_watch{200ms}};
    const auto until = clock::now() + 10s;
    CHECK(lock.acquire([&] { return clock::now() < until; }));
    const auto status = other.wait_for_end();
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGKILL);
}

TEST_CASE("a holder that migrates is left alone") {
    temp_folder folder;
    auto other = holder(folder / "lock", kit::write_lock::purpose::migration);
    REQUIRE(other.heard());
    kit::write_lock lock{folder / "lock", -1, kit::lock_watch{100ms}};
    const auto until = clock::now() + 500ms;
    CHECK_FALSE(lock.acquire([&] { return clock::now() < until; }));
    CHECK_EQ(kill(other.pid(), 0), 0);
}

TEST_CASE("a holder that stopped before it wrote its record is found through the kernel") {
    spdlog::set_level(spdlog::level::off);
    temp_folder folder;
    kit::write_lock lock{folder / "lock", -1, kit::lock_watch{200ms}};
    REQUIRE(lock.try_acquire()); // leaves a record that says released, and names this process
    lock.release();
    child other{[file = folder / "lock"](const auto& say) {
        const int fd = open(file.c_str(), O_RDWR);
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) say();
        while (true) pause();
    }};
    REQUIRE(other.heard());
    const auto until = clock::now() + 10s;
    CHECK(lock.acquire([&] { return clock::now() < until; }));
    CHECK_EQ(WTERMSIG(other.wait_for_end()), SIGKILL);
}

TEST_CASE("a lock that is given up while its thread waits leaves no trace") {
    temp_folder folder;
    auto other = holder(folder / "lock");
    REQUIRE(other.heard());
    for (int i = 0; i < 20; ++i) {
        kit::write_lock lock{folder / "lock"};
        lock.wait();
    }
    other.signal(SIGKILL);
    other.wait_for_end();
    kit::write_lock lock{folder / "lock"};
    CHECK(lock.try_acquire());
}

TEST_CASE("two processes fighting for the lock never have it at once") {
    temp_folder folder;
    // A plain read, increment, write: lost updates would show two holders at once.
    const auto count_up = [&](const auto& say) {
        kit::write_lock lock{folder / "lock"};
        const int fd = open((folder / "count").c_str(), O_RDWR | O_CREAT, 0600);
        int count = 0;
        for (int i = 0; i < 2000; ++i) {
            while (!lock.try_acquire()) sched_yield();
            [[maybe_unused]] auto n = pread(fd, &count, sizeof count, 0);
            ++count;
            n = pwrite(fd, &count, sizeof count, 0);
            lock.release();
        }
        say();
    };
    child one{count_up};
    child two{count_up};
    CHECK_EQ(one.wait_for_end(), 0);
    CHECK_EQ(two.wait_for_end(), 0);
    int count = 0;
    FILE* file = std::fopen((folder / "count").c_str(), "rb");
    REQUIRE_EQ(std::fread(&count, sizeof count, 1, file), 1);
    std::fclose(file);
    CHECK_EQ(count, 4000);
}

TEST_CASE("exactly one process is killed, or none") {
    auto other = child{[](const auto& say) {
        say();
        while (true) pause();
    }};
    REQUIRE(other.heard());
    const auto facts = kit::facts_of(other.pid());
    REQUIRE(facts);
    CHECK_EQ(kit::kill_exactly(other.pid(), facts->start + 1), kit::kill_result::gone);
    CHECK_EQ(kill(other.pid(), 0), 0);
    CHECK_EQ(kit::kill_exactly(other.pid(), facts->start), kit::kill_result::killed);
    const auto pid = other.pid();
    other.wait_for_end();
    CHECK_EQ(kit::kill_exactly(pid, facts->start), kit::kill_result::gone);
}

} // namespace postbus::tests
