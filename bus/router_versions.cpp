#include "bus/router.hpp"

#include <charconv>

namespace postbus::bus {

// Two versions of a service on its one database. When the last worker of one drains, the other
// stands in for it at once: what still comes for the first, from callers who have not heard yet,
// goes to the second.

std::string_view router::service_of(std::string_view key) {
    return key.substr(0, key.rfind('/'));
}

std::uint32_t router::version_of(std::string_view key) {
    std::uint32_t out = 0;
    const auto digits = key.substr(key.rfind('/') + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return out;
}

void router::now_served(std::uint32_t index) {
    const std::string_view key = services_[index].key;
    served_[std::string{service_of(key)}][version_of(key)] = index;
}

void router::served_no_more(std::uint32_t index) {
    const std::string_view key = services_[index].key;
    const auto its = served_.find(service_of(key));
    its->second.erase(version_of(key));
    if (its->second.empty()) served_.erase(its);
}

// The nearest higher version that has workers, else the nearest lower one.
std::uint32_t router::stand_in(std::string_view key) const {
    const auto its = served_.find(service_of(key));
    if (its == served_.end()) return nobody;
    const auto& versions = its->second;
    const auto higher = versions.upper_bound(version_of(key));
    if (higher != versions.end()) return higher->second;
    auto lower = versions.rbegin();
    if (services_[lower->second].key == key) ++lower; // itself
    return lower == versions.rend() ? nobody : lower->second;
}

void router::move_waiting(std::uint32_t index, std::uint32_t to, time_point now) {
    auto& from = services_[index];
    for (auto* queue : {&from.waiting[quick], &from.waiting[slow], &from.redelivery})
        queue->take_if([](const pending_call&) { return true; },
                       [&](pending_call& call) {
                           leave(call, now, false);
                           const auto arrived = call.arrived;
                           enter(call, to, now);
                           call.arrived = arrived;
                           services_[to].bytes += call.bytes();
                           queue_of(call).push(call);
                       });
}

// After a worker left: its version is withdrawn without the usual delay if its last one drained and
// another version is there, which takes over what waits.
void router::relieve(std::uint32_t index, time_point now, router_actions& out) {
    auto& target = services_[index];
    if (target.live != 0 || (target.announced && !target.drained_at)) return;
    const auto other = stand_in(target.key);
    if (other == nobody) return;
    if (target.announced) {
        out.report(services_[other].key + " stands in for " + target.key);
        target.drained_at.reset();
        target.announced = false;
        registry_.withdraw(target.key);
    }
    move_waiting(index, other, now);
    pump(services_[other], now, out);
}

// What waits for versions that nobody serves goes to another, once all have had time to come.
void router::relieve_orphans(time_point now, router_actions& out) {
    if (!settled(now)) return;
    for (std::uint32_t i = 0; i < services_.size(); ++i)
        if (!services_[i].announced && services_[i].queued()) relieve(i, now, out);
}

} // namespace postbus::bus
