#pragma once

#include <chrono>
#include <optional>

namespace postbus::bus {

/// Whether the other end of a connection still answers. Pings go every 250 ms to a peer that holds
/// work and every second to an idle one; anything heard counts as life; a ping that stays
/// unanswered for 1.5 s means frozen.
class liveness {
public:
    using clock_time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::milliseconds busy_ping{250};
    static constexpr std::chrono::milliseconds idle_ping{1000};
    static constexpr std::chrono::milliseconds frozen_after{1500};

    explicit liveness(clock_time now = {}) : pinged_{now} {}

    void heard() noexcept { unanswered_.reset(); }
    /// True when a ping is due: then one must be sent.
    bool ping_due(clock_time now, bool busy) noexcept {
        if (now - pinged_ < (busy ? busy_ping : idle_ping)) return false;
        pinged_ = now;
        if (!unanswered_) unanswered_ = now;
        return true;
    }
    bool unanswered() const noexcept { return unanswered_.has_value(); }
    bool frozen(clock_time now) const noexcept { return silent(now, frozen_after); }
    /// A ping has been unanswered for that long.
    bool silent(clock_time now, std::chrono::milliseconds time) const noexcept {
        return unanswered_ && now - *unanswered_ >= time;
    }
    /// This process itself stood still for that long: do not hold it against the peer.
    void forgive(std::chrono::steady_clock::duration pause) noexcept {
        if (unanswered_) *unanswered_ += pause;
    }

private:
    clock_time pinged_;
    std::optional<clock_time> unanswered_;
};

} // namespace postbus::bus
