#include "bus/router.hpp"

#include <algorithm>

namespace postbus::bus {

// The services that the router keeps a place for. Names come from peers, so places are bounded in
// number and used again.

// There must be a place.
std::uint32_t router::add_service(std::string_view key) {
    auto index = static_cast<std::uint32_t>(services_.size());
    if (index >= registry::max_services) {
        index = place_to_use_again();
        free_service(index);
    } else {
        services_.emplace_back();
    }
    services_[index].key = key;
    by_key_.emplace(std::string{key}, index);
    return index;
}

// One that nobody serves, asks for or is shown.
std::uint32_t router::place_to_use_again() const {
    for (std::uint32_t i = 0; i < services_.size(); ++i) {
        const auto& one = services_[i];
        if (!one.announced && one.members == 0 && one.calls == 0) return i;
    }
    return nobody;
}

void router::free_service(std::uint32_t index) {
    auto& one = services_[index];
    by_key_.erase(by_key_.find(one.key));
    std::destroy_at(&one);
    std::construct_at(&one);
}

// Room in the registry for one more description. Of services whose workers are all gone, those give
// way that were left longest ago.
bool router::make_room_for(const ready& said, std::size_t bytes) {
    while (!registry_.has_room(said, bytes)) {
        auto oldest = nobody;
        for (std::uint32_t i = 0; i < services_.size(); ++i) {
            const auto& one = services_[i];
            if (!one.announced || one.members != 0 || one.calls != 0) continue;
            if (oldest == nobody || one.deserted_at < services_[oldest].deserted_at) oldest = i;
        }
        if (oldest == nobody) return false;
        services_[oldest].announced = false;
        services_[oldest].drained_at.reset();
        registry_.withdraw(services_[oldest].key);
    }
    return find_service(said.description.key()) != nobody ||
           services_.size() < registry::max_services || place_to_use_again() != nobody;
}

} // namespace postbus::bus
