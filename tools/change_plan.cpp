#include "tools/change_plan.hpp"

#include "bus/nearest.hpp"

#include <algorithm>
#include <set>

namespace postbus::tools {
namespace {

/// "users" of "users.2", "broker" of "broker".
std::string group_of(const std::string& name) {
    return name.substr(0, name.find('.'));
}

bool means(const std::string& word, const planned_program& plan) {
    return word == "all" || word == plan.name || word == group_of(plan.name);
}

planned_change refuse(std::string why) {
    return {{}, std::move(why)};
}

std::vector<placed_program> in_order(std::vector<placed_program> stack) {
    // Roles are in the order of stopping.
    std::ranges::stable_sort(stack, [](const auto& a, const auto& b) {
        return std::pair{b.plan.role, a.plan.name} < std::pair{a.plan.role, b.plan.name};
    });
    return stack;
}

std::int64_t number_of(const std::string& name) {
    const auto dot = name.find('.');
    return dot == std::string::npos ? 0 : std::stoll(name.substr(dot + 1));
}

} // namespace

planned_change plan_restart(const std::vector<placed_program>& stack,
                            const std::vector<std::string>& names) {
    if (names.empty()) return refuse("name what is to be restarted: a service, gateway or all");
    for (const auto& word : names) {
        if (std::ranges::any_of(stack, [&](const auto& one) { return means(word, one.plan); }))
            continue;
        std::set<std::string> known{"all"};
        for (const auto& one : stack) known.insert({one.plan.name, group_of(one.plan.name)});
        return refuse("nothing here is called '" + word + "'; the nearest known one is '" +
                      bus::nearest(word, {known.begin(), known.end()}) + '\'');
    }
    planned_change out;
    for (const auto& one : in_order(stack)) {
        if (std::ranges::none_of(names, [&](const auto& word) { return means(word, one.plan); }))
            continue;
        const auto what =
            one.plan.role == role::broker ? change_step::kind::bounce : change_step::kind::replace;
        out.steps.push_back({what, one.plan.name, one.which, {}});
        if (what == change_step::kind::bounce) continue;
        auto& plan = out.steps.back().plan.emplace(one.plan);
        if (plan.role == role::gateway) plan.first_time = {"--take-over"};
    }
    return out;
}

planned_change plan_scale(const std::vector<placed_program>& stack, const stack_options& options,
                          const std::map<std::string, std::int64_t>& wanted,
                          const std::vector<std::string>& programs) {
    planned_change out;
    if (wanted.empty()) return refuse("say how many workers of what: SERVICE=N");
    for (const auto& [service, count] : wanted) {
        if (std::ranges::find(programs, service) == programs.end())
            return refuse("there is no service '" + service + "'; the nearest known one is '" +
                          bus::nearest(service, programs) + '\'');
        if (count < 0 || count > most_workers)
            return refuse(service + '=' + std::to_string(count) + ": must be from 0 to " +
                          std::to_string(most_workers));
        std::map<std::int64_t, std::size_t> present; // place by number
        for (const auto& one : stack)
            if (one.plan.role == role::worker && group_of(one.plan.name) == service)
                present.emplace(number_of(one.plan.name), one.which);
        auto many = static_cast<std::int64_t>(present.size());
        for (std::int64_t number = 1; many < count; ++number) {
            if (present.contains(number)) continue;
            auto plan = plan_worker(options, service, number);
            auto name = plan.name;
            out.steps.push_back({change_step::kind::add, std::move(name), 0, std::move(plan)});
            ++many;
        }
        for (auto last = present.rbegin(); many > count; ++last, --many)
            out.steps.push_back({change_step::kind::remove,
                                 service + '.' + std::to_string(last->first),
                                 last->second,
                                 {}});
    }
    return out;
}

} // namespace postbus::tools
