#pragma once

#include <chrono>
#include <mutex>

namespace postbus::kit {

/// Ends the connection to a server that does not answer in time. libpq waits for ever, a server's
/// own limits stop when it is stopped, and the kernel still says that all is well. A thread of the
/// process looks at all guards ten times a second and shuts the socket of a wait that is over its
/// limit: whoever waits there has lost the connection. Each guard belongs to one connection.
class stall_guard {
public:
    using clock = std::chrono::steady_clock;
    using milliseconds = std::chrono::milliseconds;

    stall_guard();
    ~stall_guard();
    stall_guard(const stall_guard&) = delete;
    stall_guard& operator=(const stall_guard&) = delete;

    /// For the waits that follow; not while one is under way. Zero: no limit.
    void socket(int fd) noexcept { socket_ = fd; }
    void limit(milliseconds time) noexcept { limit_ = time; }

    /// Its owner waits for the server while this lives.
    class wait {
    public:
        explicit wait(stall_guard* guard) : wait{guard, guard ? guard->limit_ : milliseconds{0}} {}
        wait(stall_guard* guard, milliseconds limit);
        ~wait();
        wait(const wait&) = delete;
        wait& operator=(const wait&) = delete;

    private:
        stall_guard* guard_; // null: nobody looks
    };

private:
    friend class stall_watcher;
    void look(clock::time_point now);

    int socket_ = -1;
    milliseconds limit_{0};

    std::mutex mutex_;
    bool waiting_ = false;
    clock::time_point until_{};
};

} // namespace postbus::kit
