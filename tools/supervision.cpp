#include "tools/supervision.hpp"

#include <algorithm>

namespace postbus::tools {

using std::chrono::milliseconds;

supervision::supervision(const std::vector<role>& roles, time_point now) {
    for (const auto what : roles)
        members_.push_back({.role = what, .since = now, .leave_by = {}, .restarts = {}});
}

void supervision::started(std::size_t which, time_point now) {
    auto& one = members_[which];
    one.running = true;
    one.bounced = one.asked_to_end = one.killed = false;
    one.since = now;
    ++one.starts;
}

void supervision::ended(std::size_t which, process_end how, time_point now) {
    auto& one = members_[which];
    const auto lived = std::chrono::duration_cast<milliseconds>(now - one.since);
    one.running = false;
    if (one.standing != standing::kept) one.standing = standing::vacant;
    if (stopping_ || one.standing == standing::vacant) return;
    if (one.bounced) {
        one.since = now;
        return;
    }
    one.since = now + one.restarts.next_pause(lived);
    const bool gave_up = !how.by_signal && how.code != 0;
    if (!gave_up || ready_ || one.starts > 1) return;
    failed_ = which;
    stop(now);
}

void supervision::stop(time_point now) {
    if (stopping_) {
        kill_ = true;
        return;
    }
    stopping_ = role::gateway;
    kill_at_ = now + stop_limit;
}

std::vector<supervision::action> supervision::due(time_point now) {
    std::vector<action> actions;
    while (stopping_ && *stopping_ != role::broker && stage_over()) {
        stopping_ = *stopping_ == role::gateway ? role::worker : role::broker;
        kill_at_ = now + stop_limit;
    }
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (stopping_) add_stop_actions(i, now, actions);
        else add_actions(i, now, actions);
    }
    return actions;
}

void supervision::add_stop_actions(std::size_t which, time_point now,
                                   std::vector<action>& actions) {
    auto& one = members_[which];
    if (!one.running || one.killed) return;
    if (kill_ || (one.role == *stopping_ && now >= kill_at_)) {
        one.killed = true;
        actions.push_back({action::kind::kill, which});
    } else if (one.role == *stopping_ && !one.asked_to_end) {
        one.asked_to_end = true;
        actions.push_back({action::kind::terminate, which});
    }
}

void supervision::add_actions(std::size_t which, time_point now, std::vector<action>& actions) {
    auto& one = members_[which];
    if (one.starts_again() && !one.running && now >= one.since)
        actions.push_back({action::kind::start, which});
    if (!one.has_to_leave() || one.killed) return;
    if (now >= one.leave_by) {
        one.killed = true;
        actions.push_back({action::kind::kill, which});
    } else if (!one.asked_to_end) {
        one.asked_to_end = true;
        actions.push_back({action::kind::terminate, which});
    }
}

std::size_t supervision::add(role what, time_point now) {
    const auto place = std::ranges::find(members_, standing::vacant, &member::standing);
    const auto which = static_cast<std::size_t>(place - members_.begin());
    if (place == members_.end()) members_.emplace_back();
    members_[which] = {
        .role = what, .standing = standing::trial, .since = now, .leave_by = {}, .restarts = {}};
    return which;
}

void supervision::dismiss(std::size_t which, time_point now) {
    auto& one = members_[which];
    one.standing = one.running ? standing::dismissed : standing::vacant;
    one.leave_by = now + stop_limit;
}

void supervision::bounce(std::size_t which, time_point now) {
    auto& one = members_[which];
    one.bounced = one.running;
    one.leave_by = now + stop_limit;
}

std::optional<supervision::time_point> supervision::wake_at() const {
    if (stopping_) {
        const bool limit_counts = std::ranges::any_of(members_, [&](const member& one) {
            return one.running && !one.killed && one.role == *stopping_;
        });
        return limit_counts ? std::optional{kill_at_} : std::nullopt;
    }
    std::optional<time_point> earliest;
    for (const auto& one : members_) {
        const bool starts = one.starts_again() && !one.running;
        const bool leaves = one.has_to_leave() && !one.killed;
        if (!starts && !leaves) continue;
        const auto at = starts ? one.since : one.leave_by;
        if (!earliest || at < *earliest) earliest = at;
    }
    return earliest;
}

bool supervision::finished() const {
    return stopping_ && std::ranges::none_of(members_, &member::running);
}

std::optional<milliseconds> supervision::pause(std::size_t which, time_point now) const {
    const auto& one = members_[which];
    if (stopping_ || one.running || !one.starts_again()) return std::nullopt;
    return std::chrono::ceil<milliseconds>(one.since - now);
}

bool supervision::stage_over() const {
    return std::ranges::none_of(
        members_, [&](const member& one) { return one.running && one.role == *stopping_; });
}

} // namespace postbus::tools
