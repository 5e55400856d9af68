#pragma once

#include "services/kit/connection.hpp"
#include "services/kit/writers_turn.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace postbus::kit {

/// One writer at a time by the advisory lock with which a transaction on PostgreSQL begins: who has
/// the turn has that transaction open already, and the lock goes with it. A holder that stops loses
/// its session after 2 s, by the server. While it waits, the connection is its thread's.
class postgres_lock final : public writers_turn {
public:
    /// `wake_fd` is an eventfd that becomes readable when wait() has got the turn; -1: none.
    postgres_lock(connection& writer, std::string name, int wake_fd);
    ~postgres_lock() override; ///< stops waiting, within half a second
    postgres_lock(const postgres_lock&) = delete;
    postgres_lock& operator=(const postgres_lock&) = delete;

    /// Also true when the server cannot be reached: the batch that begins then finds out why.
    bool try_acquire() override;
    void wait() override;
    bool held() const noexcept override { return state_ == state::held; }
    bool waiting() const noexcept override;
    void release() override;
    void stop_waiting() override;
    std::optional<std::string> look_after(std::chrono::steady_clock::time_point now) override;

private:
    enum class state { idle, waiting, held };

    void wait_for_it(); // the thread
    bool try_for_it();  // false: somebody has it still

    connection& writer_;
    std::string name_;
    int wake_fd_;
    std::chrono::steady_clock::time_point since_{};

    std::atomic<state> state_{state::idle};
    std::mutex mutex_;
    std::condition_variable asked_;
    std::atomic<bool> stopping_{false};
    std::thread waiter_;
};

} // namespace postbus::kit
