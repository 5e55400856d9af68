#include "bus/peers.hpp"

namespace postbus::bus {

peer_id peer_table::find_or_add(std::string_view routing_id, time_point now) {
    const auto known = by_routing_id_.find(routing_id);
    auto index = known == by_routing_id_.end() ? nobody : known->second;
    if (index == nobody) {
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(peers_.size()));
            peers_.emplace_back();
        }
        index = free_.back();
        free_.pop_back();
        peers_[index].routing_id = routing_id;
        peers_[index].known = true;
        by_routing_id_.emplace(std::string{routing_id}, index);
    }
    peers_[index].last_heard = now;
    return id_of(index);
}

peer* peer_table::at(peer_id id) noexcept {
    const auto index = static_cast<std::uint32_t>(static_cast<std::uint64_t>(id));
    if (index >= peers_.size()) return nullptr;
    auto& one = peers_[index];
    return one.known && id_of(index) == id ? &one : nullptr;
}

void peer_table::forget(peer_id id) {
    auto* one = at(id);
    if (!one) return;
    by_routing_id_.erase(one->routing_id);
    one->known = one->dirty = false;
    one->box = {};
    one->socket = {};
    one->key.clear();
    one->rights = nullptr;
    ++one->generation;
    free_.push_back(static_cast<std::uint32_t>(static_cast<std::uint64_t>(id)));
}

} // namespace postbus::bus
