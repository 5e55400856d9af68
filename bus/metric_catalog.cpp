#include "bus/metric_catalog.hpp"

#include <algorithm>

namespace postbus::bus {

namespace {

constexpr auto by_name = [] {
    std::array<std::uint16_t, metric_catalog.size()> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint16_t>(i);
    std::sort(out.begin(), out.end(), [](std::uint16_t a, std::uint16_t b) {
        return metric_catalog[a].name < metric_catalog[b].name;
    });
    return out;
}();

} // namespace

std::optional<std::size_t> find_metric(std::string_view name) noexcept {
    const auto found = std::lower_bound(
        by_name.begin(), by_name.end(), name,
        [](std::uint16_t at, std::string_view wanted) { return metric_catalog[at].name < wanted; });
    if (found == by_name.end() || metric_catalog[*found].name != name) return std::nullopt;
    return *found;
}

} // namespace postbus::bus
