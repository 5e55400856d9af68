#pragma once

#include "bus/pending.hpp"

#include <chrono>
#include <vector>

namespace postbus::bus {

/// What one connection may cost the broker in things that take long: READY, questions about the
/// broker. Everybody may spend `burst` at once and gains a second each second, so that
/// who says them without end is heard at the pace of a few a second, and others are not kept
/// waiting. Pure.
class peer_budget {
public:
    static constexpr std::chrono::milliseconds burst{4000};

    /// False: not now; nothing is spent.
    bool take(peer_id peer, std::chrono::milliseconds cost, time_point now) {
        auto& one = account_of(peer);
        const auto from = std::max(one.spent_until, now);
        if (from + cost - now > burst) return false;
        one.spent_until = from + cost;
        return true;
    }
    /// What something has cost besides, once that is known.
    void charge(peer_id peer, std::chrono::milliseconds cost, time_point now) {
        auto& one = account_of(peer);
        one.spent_until = std::max(one.spent_until, now) + cost;
    }
    /// It was told no: remembers it, to be told later. False: it is remembered already.
    bool put_off(peer_id peer) {
        auto& one = account_of(peer);
        if (one.waits) return false;
        one.waits = true;
        waiting_.push_back(peer);
        return true;
    }
    /// Calls `tell(peer)` for each that was put off and could spend `cost` again; false: it is to
    /// be told another time.
    template <class Tell>
    void tell_who_waited(std::chrono::milliseconds cost, time_point now, Tell tell) {
        std::erase_if(waiting_, [&](peer_id peer) {
            auto& one = account_of(peer);
            if (one.owner != peer) return true; // another connection has its place now
            if (one.spent_until + cost - now > burst) return false;
            if (!tell(peer)) return false;
            one.waits = false;
            return true;
        });
    }

private:
    struct account {
        peer_id owner{};
        time_point spent_until{};
        bool waits = false;
    };

    account& account_of(peer_id peer) {
        const auto index = static_cast<std::uint32_t>(static_cast<std::uint64_t>(peer));
        if (index >= accounts_.size()) accounts_.resize(index + 1);
        auto& one = accounts_[index];
        if (one.owner < peer) one = {peer, {}, false}; // generations count up
        return one;
    }

    std::vector<account> accounts_; // by the peer id's index
    std::vector<peer_id> waiting_;
};

} // namespace postbus::bus
