#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace postbus::kit {

/// One writer at a time among all workers on one database, however its engine sees to that. Used by
/// one thread, which is never held up: who has to wait does so in a thread of the turn's own.
class writers_turn {
public:
    virtual ~writers_turn() = default;

    /// Never waits. True when it is this worker's turn.
    virtual bool try_acquire() = 0;
    /// Waits in a thread of its own, which gets it in the end: then held(). Asking again while it
    /// waits changes nothing.
    virtual void wait() = 0;
    virtual bool held() const noexcept = 0;
    /// Nothing can be written yet; look again in a while.
    virtual bool waiting() const noexcept = 0;
    virtual void release() = 0;
    /// For the end: nobody waits in another thread any more, and the connection that writes is its
    /// owner's alone. May take half a second.
    virtual void stop_waiting() {}

    /// To be called now and then while waiting: sees to it that a holder that has stopped lets go.
    /// When that is not possible: a sentence that says who holds it.
    virtual std::optional<std::string> look_after(std::chrono::steady_clock::time_point now) = 0;
};

} // namespace postbus::kit
