#pragma once

#include "tools/restart_policy.hpp"
#include "tools/stack_plan.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace postbus::tools {

/// How a process ended.
struct process_end {
    bool by_signal = false;
    int code = 0; ///< the exit code, or the signal's number

    bool operator==(const process_end&) const = default;
};

/// The supervisor's brain: when which process is started, asked to end, or killed. Knows no
/// process, only their places; time is passed in.
///
/// What ends is started again after a pause, with two exceptions. A program that gives up (a
/// non-zero exit code) at its first start, before the stack was ever ready, means that something is
/// set up wrong; then the whole stack stops. And what was added later is on trial until keep(): if
/// it ends before, its place is vacant again.
class supervision {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// How long each of gateway, workers and brokers may take to end before it is killed.
    static constexpr std::chrono::seconds stop_limit{6};

    struct action {
        enum class kind { start, terminate, kill };
        kind what = kind::start;
        std::size_t which = 0;

        bool operator==(const action&) const = default;
    };

    /// Everything starts at `now`.
    supervision(const std::vector<role>& roles, time_point now);

    void started(std::size_t which, time_point now);
    void ended(std::size_t which, process_end how, time_point now);
    void ready() noexcept { ready_ = true; } ///< every service has answered
    /// Someone wants the stack to end. The second time it is killed at once.
    void stop(time_point now);

    /// One more, started at once and on trial. Its place: a vacant one, else a new one at the end.
    std::size_t add(role, time_point now);
    void keep(std::size_t which) noexcept { members_[which].standing = standing::kept; }
    /// Asks it to end, and kills it after stop_limit. Then its place is vacant.
    void dismiss(std::size_t which, time_point now);
    /// Asks it to end, kills it after stop_limit, and starts it again without a pause.
    void bounce(std::size_t which, time_point now);
    bool vacant(std::size_t which) const noexcept {
        return members_[which].standing == standing::vacant;
    }

    /// What to do now. Call it after each of the above, and at wake_at().
    std::vector<action> due(time_point now);
    /// When due() has something again; nothing while only events can change that.
    std::optional<time_point> wake_at() const;

    bool stopping() const noexcept { return stopping_.has_value(); }
    bool finished() const; ///< stopped, and all have ended
    /// Who gave up.
    std::optional<std::size_t> failed() const noexcept { return failed_; }
    /// The pause before the next start of what has just ended; nothing when there is none.
    std::optional<std::chrono::milliseconds> pause(std::size_t which, time_point now) const;

private:
    enum class standing { kept, trial, dismissed, vacant };

    struct member {
        tools::role role = role::worker;
        supervision::standing standing = standing::kept;
        bool running = false;
        bool bounced = false;
        bool asked_to_end = false;
        bool killed = false;
        int starts = 0;
        time_point since;    ///< of its start while it runs, else when it is to start again
        time_point leave_by; ///< when it was dismissed or bounced
        restart_policy restarts;

        bool starts_again() const {
            return standing == standing::kept || standing == standing::trial;
        }
        bool has_to_leave() const {
            return running && (bounced || standing == standing::dismissed);
        }
    };

    bool stage_over() const;
    void add_stop_actions(std::size_t which, time_point now, std::vector<action>&);
    void add_actions(std::size_t which, time_point now, std::vector<action>&);

    std::vector<member> members_;
    bool ready_ = false;
    bool kill_ = false;
    std::optional<role> stopping_; ///< the stage of stopping: everything of that role
    time_point kill_at_;
    std::optional<std::size_t> failed_;
};

} // namespace postbus::tools
