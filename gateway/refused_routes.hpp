#pragma once

#include <set>
#include <string>
#include <vector>

namespace postbus::gateway {

/// Which operations have no route, told once each for as long as that lasts: the registry changes
/// often, and two versions of a service share their routes for a whole rollout. Keeps no more than
/// there was at the last change. Pure.
class refused_routes {
public:
    /// `all` there are now, as sentences; those that were not among the last ones.
    std::vector<std::string> news(std::vector<std::string> all);

private:
    std::set<std::string> told_;
};

} // namespace postbus::gateway
