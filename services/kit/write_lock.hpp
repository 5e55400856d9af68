#pragma once

#include "services/kit/lock_record.hpp"
#include "services/kit/writers_turn.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace postbus::kit {

/// One writer at a time among all processes on one database file: flock on a file beside it, which
/// is never removed. It is fair, and it keeps two connections from writing or checkpointing at
/// once. Used by one thread; the thread that waits is its own.
class write_lock final : public writers_turn {
public:
    enum class purpose { writing, migration }; ///< a migration may hold it for long

    /// Opens the file, or creates it. `wake_fd` is an eventfd that becomes readable when wait() has
    /// got the lock; -1: none. Throws std::system_error.
    explicit write_lock(std::filesystem::path file, int wake_fd = -1,
                        lock_watch watch = lock_watch{});
    ~write_lock() override; ///< lets go and stops waiting
    write_lock(const write_lock&) = delete;
    write_lock& operator=(const write_lock&) = delete;

    bool try_acquire() override { return try_acquire(purpose::writing); }
    bool try_acquire(purpose);
    void wait() override;
    bool held() const noexcept override { return state_.load() == state::held; }
    bool waiting() const noexcept override { return state_.load() == state::waiting; }
    void release() override;

    /// Waits here. False when `keep_waiting`, asked every 50 ms, says so.
    bool acquire(const std::function<bool()>& keep_waiting, purpose = purpose::writing);

    /// A holder that has kept it for 2 s is killed. When that is not possible: a sentence that
    /// names its pid.
    std::optional<std::string> look_after(std::chrono::steady_clock::time_point now) override;

private:
    enum class state { idle, waiting, held };

    void write(lock_record::state);
    std::optional<lock_record> read() const;
    void wait_for_it(); // the thread

    std::filesystem::path file_;
    int fd_ = -1;
    int wake_fd_ = -1;
    lock_record own_;
    std::atomic<purpose> purpose_{purpose::writing}; // also read by who waits
    lock_watch watch_;

    std::atomic<state> state_{state::idle};
    std::mutex mutex_;
    std::condition_variable asked_;
    bool stopping_ = false;
    std::atomic<bool> stopped_{false};
    std::thread waiter_;
};

} // namespace postbus::kit
