#include "tools/supervision.hpp"

#include <algorithm>

namespace postbus::tools {

using std::chrono::milliseconds;

supervision::supervision(const std::vector<role>& roles, time_point now) {
    for (const auto what : roles) members_.push_back({.role = what, .since = now, .restarts = {}});
}

void supervision::started(std::size_t which, time_point now) {
    auto& one = members_[which];
    one.running = true;
    one.asked_to_end = one.killed = false;
    one.since = now;
    ++one.starts;
}

void supervision::ended(std::size_t which, process_end how, time_point now) {
    auto& one = members_[which];
    const auto lived = std::chrono::duration_cast<milliseconds>(now - one.since);
    one.running = false;
    if (stopping_) return;
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
        auto& one = members_[i];
        if (!stopping_ && !one.running && now >= one.since)
            actions.push_back({action::kind::start, i});
        if (!stopping_ || !one.running || one.killed) continue;
        if (kill_ || (one.role == *stopping_ && now >= kill_at_)) {
            one.killed = true;
            actions.push_back({action::kind::kill, i});
        } else if (one.role == *stopping_ && !one.asked_to_end) {
            one.asked_to_end = true;
            actions.push_back({action::kind::terminate, i});
        }
    }
    return actions;
}

std::optional<supervision::time_point> supervision::wake_at() const {
    if (stopping_) {
        const bool limit_counts = std::ranges::any_of(members_, [&](const member& one) {
            return one.running && !one.killed && one.role == *stopping_;
        });
        return limit_counts ? std::optional{kill_at_} : std::nullopt;
    }
    std::optional<time_point> earliest;
    for (const auto& one : members_)
        if (!one.running && (!earliest || one.since < *earliest)) earliest = one.since;
    return earliest;
}

bool supervision::finished() const {
    return stopping_ && std::ranges::none_of(members_, &member::running);
}

std::optional<milliseconds> supervision::pause(std::size_t which, time_point now) const {
    const auto& one = members_[which];
    if (stopping_ || one.running) return std::nullopt;
    return std::chrono::ceil<milliseconds>(one.since - now);
}

bool supervision::stage_over() const {
    return std::ranges::none_of(
        members_, [&](const member& one) { return one.running && one.role == *stopping_; });
}

} // namespace postbus::tools
