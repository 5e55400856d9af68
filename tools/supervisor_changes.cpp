// What commands ask of a running stack.

#include "tools/supervisor.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include <unistd.h>

namespace postbus::tools {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::int64_t usual_timeout_ms = 30'000;
constexpr std::int64_t longest_timeout_ms = 600'000;

std::string word_for(change_report::kind what) {
    constexpr std::array words{"starting", "ready", "draining", "ended", "failed", "done"};
    return words.at(static_cast<std::size_t>(what));
}

/// The one that it listens at.
std::optional<bus::endpoint> address_of(const planned_program& broker,
                                        const std::vector<bus::endpoint>& all) {
    for (const auto& one : all)
        if (std::ranges::find(broker.arguments, one.requests()) != broker.arguments.end())
            return one;
    return std::nullopt;
}

} // namespace

/// What a child says of itself.
void supervisor::heard(pid_t from, std::string_view state) {
    if (!changes_ || state.find("READY=1") == std::string_view::npos) return;
    const auto speaker = std::ranges::find_if(
        places_, [&](const auto& one) { return one.child && one.child->pid() == from; });
    if (speaker == places_.end()) return;
    const auto which = static_cast<std::size_t>(speaker - places_.begin());
    const auto broker = address_of(speaker->plan, options_.brokers);
    if (speaker->plan.role != role::broker || !broker) {
        changes_->ready(which, clock::now());
        return step();
    }
    // A new broker is of use when the workers have found it.
    std::map<std::string, std::uint32_t> workers;
    for (const auto& one : places_)
        if (one.child && one.plan.role == role::worker)
            ++workers[one.plan.name.substr(0, one.plan.name.find('.'))];
    broker_watch_ = std::make_unique<broker_watch>(io_, *broker, std::move(workers), [this, which] {
        broker_watch_.reset();
        if (changes_) changes_->ready(which, clock::now());
        step();
    });
}

void supervisor::asked(const control_request& request,
                       const std::shared_ptr<control_session>& asker) {
    const auto refuse = [&](std::string why) { asker->finish({"refused", {}, 0, std::move(why)}); };
    const auto limit = request.timeout_ms.value_or(usual_timeout_ms);
    if (limit < 1 || limit > longest_timeout_ms)
        return refuse("the time limit must be from 1 ms to 10 minutes");
    auto planned = plan_of(request);
    if (planned.refusal.empty()) planned.refusal = why_not_now();
    if (!planned.refusal.empty()) return refuse(std::move(planned.refusal));
    asker_ = asker;
    asker->on_hang_up = [this] {
        if (changes_) changes_->cancel();
    };
    changes_.emplace(std::move(planned.steps), std::chrono::milliseconds{limit}, clock::now());
    step();
}

std::string supervisor::why_not_now() const {
    if (brain_.stopping()) return "the stack is being stopped";
    if (!ready_) return "the stack is still starting; try again when it has said that it is ready";
    if (changes_) return "another restart or scale is under way; try again when it is done";
    return {};
}

planned_change supervisor::plan_of(const control_request& request) const {
    if (request.command == "restart")
        return plan_restart(present(), request.names.value_or(std::vector<std::string>{}));
    if (request.command != "scale")
        return {{}, "there is no command '" + request.command + "', only restart and scale"};
    std::map<std::string, std::int64_t> wanted;
    for (const auto& one : request.scale.value_or(std::vector<wanted_workers>{}))
        wanted[one.service] = one.workers;
    return plan_scale(present(), options_, wanted, services_here());
}

std::vector<placed_program> supervisor::present() const {
    std::vector<placed_program> out;
    for (std::size_t i = 0; i < places_.size(); ++i)
        if (!brain_.vacant(i)) out.push_back({i, places_[i].plan});
    return out;
}

/// Carries out what the change under way wants; true when that was something.
bool supervisor::change() {
    if (!changes_) return false;
    using kind = rollout::action::kind;
    const auto now = clock::now();
    changes_->tick(now);
    const auto actions = changes_->take_actions();
    report_changes();
    for (const auto& action : actions) {
        switch (action.what) {
        case kind::start: changes_->placed(place_for(*action.plan)); break;
        case kind::keep: brain_.keep(action.which); break;
        case kind::bounce: brain_.bounce(action.which, now); break;
        case kind::dismiss:
            brain_.dismiss(action.which, now);
            // It may have been about to be started again.
            if (brain_.vacant(action.which)) changes_->ended(action.which, "it did not run", now);
            break;
        }
    }
    report_changes();
    if (changes_->over()) {
        changes_.reset();
        broker_watch_.reset();
        asker_.reset();
    }
    return !actions.empty();
}

std::size_t supervisor::place_for(planned_program plan) {
    style_.width = std::max(style_.width, plan.name.size());
    const auto which = brain_.add(plan.role, clock::now());
    if (which == places_.size()) places_.emplace_back();
    places_[which] = {std::move(plan), nullptr, {}, 0};
    return which;
}

void supervisor::report_changes() {
    for (auto& report : changes_->take_reports()) {
        const std::int64_t pid = report.which ? places_[*report.which].pid : 0;
        const control_line line{word_for(report.what), report.process, pid, report.text};
        const bool last =
            report.what == change_report::kind::done || report.what == change_report::kind::failed;
        if (last)
            spdlog::info("{}{}{}{}", line.process, line.process.empty() ? "" : " ",
                         line.process.empty() ? "" : "was not changed: it ", line.text);
        if (!asker_) continue;
        if (last) asker_->finish(line);
        else asker_->say(line);
    }
}

/// Whose programs lie beside this one.
std::vector<std::string> supervisor::services_here() const {
    std::vector<std::string> names;
    std::error_code failed;
    for (const auto& file : std::filesystem::directory_iterator{folder_, failed}) {
        const auto name = file.path().filename().string();
        if (!name.starts_with("postbus-") || name == "postbus-broker" || name == "postbus-gateway")
            continue;
        if (file.is_regular_file(failed) && access(file.path().c_str(), X_OK) == 0)
            names.push_back(name.substr(std::string_view{"postbus-"}.size()));
    }
    std::ranges::sort(names);
    return names;
}

} // namespace postbus::tools
