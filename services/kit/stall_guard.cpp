#include "services/kit/stall_guard.hpp"

#include <sys/socket.h>

#include <condition_variable>
#include <stop_token>
#include <thread>
#include <vector>

namespace postbus::kit {

namespace {

constexpr std::chrono::milliseconds between_looks{100};

} // namespace

/// The thread; it begins with the first guard.
class stall_watcher {
public:
    static stall_watcher& one() {
        static stall_watcher it;
        return it;
    }

    void add(stall_guard& guard) {
        const std::lock_guard lock{mutex_};
        guards_.push_back(&guard);
        if (!thread_.joinable())
            thread_ = std::jthread{[this](std::stop_token stop) { run(stop); }};
    }

    void remove(stall_guard& guard) {
        const std::lock_guard lock{mutex_};
        std::erase(guards_, &guard);
    }

private:
    void run(const std::stop_token& stop) {
        std::unique_lock lock{mutex_};
        while (!stop.stop_requested()) {
            for (auto* one : guards_) one->look(stall_guard::clock::now());
            never_.wait_for(lock, stop, between_looks, [] { return false; });
        }
    }

    std::mutex mutex_;
    std::condition_variable_any never_; // a pause that a stop ends
    std::vector<stall_guard*> guards_;
    std::jthread thread_;
};

stall_guard::stall_guard() {
    stall_watcher::one().add(*this);
}

stall_guard::~stall_guard() {
    stall_watcher::one().remove(*this);
}

void stall_guard::look(clock::time_point now) {
    const std::lock_guard lock{mutex_}; // so that the socket is the one that is waited for
    if (!waiting_ || now < until_) return;
    waiting_ = false;
    ::shutdown(socket_, SHUT_RDWR);
}

stall_guard::wait::wait(stall_guard* guard, milliseconds limit)
    : guard_{guard && guard->socket_ >= 0 && limit > milliseconds{0} ? guard : nullptr} {
    if (!guard_) return;
    const std::lock_guard lock{guard_->mutex_};
    guard_->until_ = clock::now() + limit;
    guard_->waiting_ = true;
}

stall_guard::wait::~wait() {
    if (!guard_) return;
    const std::lock_guard lock{guard_->mutex_};
    guard_->waiting_ = false;
}

} // namespace postbus::kit
