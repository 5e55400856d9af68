#pragma once

#include "tools/stack_plan.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace postbus::tools {

/// One change to the stack, at one of its processes.
struct change_step {
    enum class kind {
        replace, ///< starts a new one; the old one is let go when that is ready
        add,
        remove,
        bounce, ///< the old one ends first: two cannot have one address
    };
    kind what = kind::replace;
    std::string name;                      ///< "users.1"
    std::size_t old = 0;                   ///< its place; not for add
    std::optional<planned_program> plan{}; ///< what to start: for replace and add

    bool operator==(const change_step&) const = default;
};

/// What a person is told of a change while it is under way.
struct change_report {
    enum class kind { starting, ready, draining, ended, failed, done };
    kind what = kind::done;
    std::string process{};              ///< its name; empty for what concerns no single one
    std::optional<std::size_t> which{}; ///< its place
    std::string text{};                 ///< why it failed; what was done

    bool operator==(const change_report&) const = default;
};

/// Brings changes to a stack one after the other, new before old. When something new does not get
/// ready it goes again, what was there stays, and nothing more is changed. The brain alone: it
/// knows no process, only places; time is passed in.
class rollout {
public:
    using time_point = std::chrono::steady_clock::time_point;

    struct action {
        enum class kind { start, keep, dismiss, bounce };
        kind what = kind::start;
        std::size_t which = 0;                 ///< a place; not for start
        std::optional<planned_program> plan{}; ///< for start, which is answered with placed()

        bool operator==(const action&) const = default;
    };

    /// `limit`: how long each new process may take to get ready.
    rollout(std::vector<change_step>, std::chrono::milliseconds limit, time_point now);

    void placed(std::size_t which) { fresh_ = which; }
    void started(std::size_t which);
    void ready(std::size_t which, time_point now);
    void ended(std::size_t which, const std::string& why, time_point now);
    void tick(time_point now); ///< looks at the limit
    void cancel();             ///< to end after the step under way
    /// Ends now, with this reason: somebody else decides from here on.
    void abort(const std::string& why);

    /// What to do, and what to tell, since the last time.
    std::vector<action> take_actions() { return std::exchange(actions_, {}); }
    std::vector<change_report> take_reports() { return std::exchange(reports_, {}); }
    std::optional<time_point> wake_at() const;
    bool over() const noexcept { return stage_ == stage::over; }

private:
    enum class stage { starting, leaving, giving_up, over };

    void next(time_point now);
    void let_go(rollout::action::kind);
    void bounced_ended(const std::string& why);
    void fail(std::string why);
    std::string remainder() const;
    void finish();
    void tell(change_report::kind, std::optional<std::size_t> which, std::string text = {});

    std::deque<change_step> steps_; // to come
    change_step now_;
    std::chrono::milliseconds limit_;
    stage stage_ = stage::over;
    std::optional<std::size_t> fresh_; // the place of what this step starts
    bool runs_ = false;                // what was started
    time_point deadline_;
    std::string last_end_; // of what does not come up again
    std::size_t changed_ = 0;
    bool cancelled_ = false;
    bool failed_ = false;
    std::vector<action> actions_;
    std::vector<change_report> reports_;
};

} // namespace postbus::tools
