#include "gateway/route_numbers.hpp"

#include "bus/metric_report.hpp"

#include <algorithm>

namespace postbus::gateway {

route_numbers::route_numbers()
    : names_{{"(any)", "(none)"},
             {"GET", "/livez"},
             {"GET", "/readyz"},
             {"GET", "/metrics"},
             {"(any)", std::string{bus::other_label}}} {}

std::uint32_t route_numbers::of(std::string_view method, std::string_view path) {
    const std::lock_guard hold{mutex_};
    const auto known =
        std::find_if(names_.begin() + first_announced, names_.end(),
                     [&](const name& one) { return one.method == method && one.path == path; });
    if (known != names_.end()) return static_cast<std::uint32_t>(known - names_.begin());
    if (names_.size() == most) return others;
    names_.push_back({std::string{method}, std::string{path}});
    return static_cast<std::uint32_t>(names_.size() - 1);
}

std::vector<route_numbers::name> route_numbers::all() const {
    const std::lock_guard hold{mutex_};
    return names_;
}

} // namespace postbus::gateway
