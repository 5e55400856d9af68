#include "bus/worker_pool.hpp"

namespace postbus::bus {

void worker_pool::add(lane_member& member) {
    const std::size_t free = member.free();
    while (rungs_.size() <= free) rungs_.emplace_back();
    rungs_[free].push_back(member);
    member.pooled = true;
    if (free > top_) top_ = free;
}

void worker_pool::remove(lane_member& member) {
    if (!member.pooled) return;
    rungs_[member.free()].erase(rung::s_iterator_to(member));
    member.pooled = false;
}

lane_member* worker_pool::best() noexcept {
    while (top_ > 0 && rungs_[top_].empty()) --top_;
    return top_ == 0 ? nullptr : &rungs_[top_].front();
}

void worker_pool::move(lane_member& member, std::uint32_t in_flight) {
    const bool pooled = member.pooled;
    if (pooled) remove(member);
    member.in_flight = in_flight;
    if (pooled) add(member);
}

} // namespace postbus::bus
