#pragma once

#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <vector>

namespace postbus::bus {

/// A worker's place in the pool of one lane: how much it may take, how much it has.
struct lane_member : boost::intrusive::list_base_hook<> {
    std::uint32_t worker = 0;
    std::uint32_t credits = 0;
    std::uint32_t in_flight = 0;
    bool pooled = false;

    std::uint32_t free() const noexcept { return credits > in_flight ? credits - in_flight : 0; }
};

/// Workers of one service by their free credits: the one with the most comes first, and among
/// equals the one that has waited longest. Every operation takes constant time, however many
/// workers there are: a call moves a worker one rung down, a reply one rung up.
class worker_pool {
public:
    void add(lane_member&);
    void remove(lane_member&);
    /// To be told before in_flight or credits change: remove, change, add does the same.
    void take(lane_member& member) { move(member, member.in_flight + 1); }
    void give_back(lane_member& member) { move(member, member.in_flight - 1); }
    /// Null when nobody has a free credit.
    lane_member* best() noexcept;

private:
    using rung = boost::intrusive::list<lane_member, boost::intrusive::constant_time_size<false>>;

    void move(lane_member&, std::uint32_t in_flight);

    std::vector<rung> rungs_; // by free credits
    std::size_t top_ = 0;     // no rung above it holds anybody
};

} // namespace postbus::bus
