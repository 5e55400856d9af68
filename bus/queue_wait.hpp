#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>

namespace postbus::bus {

/// How long a newcomer to one lane of a service would wait: what is inside (waiting or in flight)
/// over the rate at which calls are served. The rate is only a capacity while there is a backlog,
/// so a lane that ran empty is unknown again, and unknown means welcome. A rate measured at a small
/// backlog says nothing of a large one either (commits are shared), hence nobody is turned away
/// before a backlog has stood for a while. See docs/decisions/0016. Pure: time is passed
/// in, and only compared with that of other events.
class queue_wait {
public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using duration = clock::duration;
    /// A rate is measured until this time after the first reply that counts for it.
    static constexpr std::chrono::milliseconds window{50};

    void arrived(time_point now) noexcept {
        if (inside_++ == 0) {
            first_of_all_ = true;
            open(now);
        } else {
            look(now);
        }
    }
    /// Served, or gone in another way: expired, cancelled, refused after all.
    void left(time_point now, bool served) noexcept {
        look(now);
        if (--inside_ == 0) {
            rate_ = 0; // what follows a pause may be a burst that is soon digested
            return;
        }
        if (served && served_ == 0 && now - opened_ > standstill)
            open(now); // no measure of anything
        lowest_ = std::min(lowest_, inside_);
        if (!served) return;
        if (served_++ == 0) first_served_at_ = now;
        served_at_ = now;
    }

    /// A newcomer would wait longer than `limit`, and it is no mere burst: half of that wait has
    /// stood for a window, or nobody was served for as long as the limit.
    bool exceeds(duration limit, time_point now) const noexcept {
        if (inside_ == 0 || static_cast<double>(inside_) <= calls_in(limit)) return false;
        if (unserved_for(now) > limit) return true;
        return rate_ > 0 && static_cast<double>(backlog_) > calls_in(limit / 2);
    }
    /// What a newcomer would wait, or how long it has been that nobody was served, if that is more.
    /// Zero: not known.
    duration expected(time_point now) const noexcept {
        if (inside_ == 0) return {};
        if (rate_ <= 0) return unserved_for(now);
        const duration wait{static_cast<duration::rep>(static_cast<double>(inside_) / rate_)};
        return std::max(wait, unserved_for(now));
    }
    std::size_t inside() const noexcept { return inside_; }

private:
    static constexpr std::chrono::milliseconds beginning{10};
    static constexpr std::chrono::milliseconds standstill{1000};
    static constexpr auto none = std::numeric_limits<std::size_t>::max();

    /// Since it has had anything to do.
    duration unserved_for(time_point now) const noexcept {
        return now - std::max(opened_, served_at_);
    }
    double calls_in(duration time) const noexcept {
        return static_cast<double>(time.count()) * rate_;
    }

    void open(time_point now) noexcept {
        opened_ = now;
        served_ = 0;
        lowest_ = none;
    }
    /// Replies come in flocks (a commit's, or all that a far worker had): a window ends behind one,
    /// never within, or the few that had come would count for the time that all of them took.
    void look(time_point now) noexcept {
        if (served_ == 0 || now == served_at_) return;
        const auto age = now - first_served_at_;
        // The first replies after a pause are of those that came first, however many came then.
        if (first_of_all_ && age >= beginning && (served_ < 16 || served_ < inside_ / 16)) {
            first_of_all_ = false;
            return open(served_at_);
        }
        if (age < window) return;
        if (served_at_ <= opened_) return;
        const auto measured =
            static_cast<double>(served_) / static_cast<double>((served_at_ - opened_).count());
        // Half the old: one pause (a checkpoint, a stopped neighbour) is not a new capacity.
        rate_ = rate_ > 0 ? (rate_ + measured) / 2 : measured;
        backlog_ = lowest_;
        first_of_all_ = false;
        open(served_at_);
    }

    std::size_t inside_ = 0;
    std::size_t served_ = 0;       // in this window
    std::size_t lowest_ = none;    // inside, after a reply of this window
    std::size_t backlog_ = 0;      // the lowest of the window before
    double rate_ = 0;              // calls a clock tick; 0: not known
    bool first_of_all_ = false;    // this window, since the lane was empty
    time_point opened_{};          // this window
    time_point first_served_at_{}; // in this window
    time_point served_at_{};       // the last one served
};

} // namespace postbus::bus
