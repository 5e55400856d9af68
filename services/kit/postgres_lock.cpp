#include "services/kit/postgres_lock.hpp"

#include <unistd.h>

#include <cstdint>

namespace postbus::kit {

namespace {

// The server ends a worker that stopped after 2 s. Who holds the lock for longer is at work, or no
// worker at all.
constexpr auto patience = std::chrono::seconds{4};

} // namespace

postgres_lock::postgres_lock(connection& writer, std::string name, int wake_fd)
    : writer_{writer}, name_{std::move(name)}, wake_fd_{wake_fd} {}

postgres_lock::~postgres_lock() {
    stop_waiting();
    writer_.rollback();
}

void postgres_lock::stop_waiting() {
    {
        const std::lock_guard guard{mutex_};
        stopping_ = true;
    }
    asked_.notify_one();
    if (waiter_.joinable()) waiter_.join();
}

bool postgres_lock::try_acquire() {
    if (held()) return true;
    if (state_ == state::waiting) return false;
    try {
        if (!writer_.try_to_write()) return false;
    } catch (const database_error&) {
        // The batch begins anew, and answers its calls with what it meets.
    }
    state_ = state::held;
    return true;
}

void postgres_lock::wait() {
    if (state_ != state::idle) return;
    if (!waiter_.joinable()) waiter_ = std::thread{[this] { wait_for_it(); }};
    since_ = std::chrono::steady_clock::now();
    {
        const std::lock_guard guard{mutex_};
        state_ = state::waiting;
    }
    asked_.notify_one();
}

bool postgres_lock::waiting() const noexcept {
    const auto now = state_.load();
    return now == state::waiting || (now == state::idle && !writer_.connected());
}

void postgres_lock::wait_for_it() {
    std::unique_lock guard{mutex_};
    while (true) {
        asked_.wait(guard, [this] { return stopping_ || state_ == state::waiting; });
        if (stopping_) return;
        guard.unlock();
        while (!stopping_ && !try_for_it()) {
        }
        guard.lock();
        state_ = state::held;
        const std::uint64_t one = 1;
        if (wake_fd_ >= 0) [[maybe_unused]]
            const auto told = ::write(wake_fd_, &one, sizeof one);
    }
}

bool postgres_lock::try_for_it() {
    try {
        writer_.wait_to_write();
        return true;
    } catch (const database_error& e) {
        return !e.fault.busy;
    }
}

void postgres_lock::release() {
    if (!held()) return;
    writer_.rollback(); // nothing, after a commit
    state_ = state::idle;
}

std::optional<std::string> postgres_lock::look_after(std::chrono::steady_clock::time_point now) {
    if (state_ != state::waiting || now - since_ < patience) return std::nullopt;
    return "another session has held the write lock of " + name_ + " for over 4 s";
}

} // namespace postbus::kit
