#include "gateway/refused_routes.hpp"

#include <utility>

namespace postbus::gateway {

std::vector<std::string> refused_routes::news(std::vector<std::string> all) {
    const auto before = std::exchange(told_, {all.begin(), all.end()});
    std::erase_if(all, [&](const std::string& one) { return before.contains(one); });
    return all;
}

} // namespace postbus::gateway
