#pragma once

#include "tools/rollout.hpp"
#include "tools/stack_plan.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// From what a person asked for to the steps that do it. Pure.

namespace postbus::tools {

/// A process of the stack and its place.
struct placed_program {
    std::size_t which = 0;
    planned_program plan;
};

struct planned_change {
    std::vector<change_step> steps;
    std::string refusal; ///< not empty: nothing is to be done, and why
};

/// The most workers of one service.
inline constexpr std::int64_t most_workers = 64;

/// Each of `names` is a service, one process (users.2), broker, gateway, or all. The order is that
/// of the data's way: brokers, workers, gateway.
planned_change plan_restart(const std::vector<placed_program>&,
                            const std::vector<std::string>& names);

/// `programs`: the services that could be started.
planned_change plan_scale(const std::vector<placed_program>&, const stack_options&,
                          const std::map<std::string, std::int64_t>& wanted,
                          const std::vector<std::string>& programs);

} // namespace postbus::tools
