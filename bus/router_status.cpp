#include "bus/router.hpp"

#include <charconv>

namespace postbus::bus {

// What the router tells of itself.

registry_snapshot router::snapshot(time_point now) const {
    auto out = registry_.snapshot();
    out.incarnation = incarnation_;
    out.settled = settled(now);
    out.unix_ms = started_unix_ms_ +
                  std::chrono::duration_cast<std::chrono::milliseconds>(now - started_).count();
    return out;
}

broker_status router::status(time_point now) const {
    broker_status out;
    char digits[17];
    const auto end = std::to_chars(digits, digits + sizeof digits, incarnation_, 16).ptr;
    out.incarnation.assign(digits, end);
    out.pid = pid_;
    out.uptime_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - started_).count();
    std::vector<std::vector<const worker*>> workers(services_.size());
    for (const auto& who : workers_)
        if (who.present) workers[who.service].push_back(&who);
    for (std::uint32_t s = 0; s < services_.size(); ++s) {
        const auto& one = services_[s];
        if (!one.announced) continue;
        const auto slash = one.key.rfind('/');
        auto& shown = out.services.emplace_back();
        shown.name = one.key.substr(0, slash);
        std::from_chars(one.key.data() + slash + 1, one.key.data() + one.key.size(), shown.version);
        shown.queued = static_cast<std::int64_t>(one.waiting[quick].size() +
                                                 one.waiting[slow].size() + one.redelivery.size());
        for (const auto* who : workers[s])
            shown.workers.push_back({who->instance, who->pid,
                                     who->member[quick].credits + who->member[slow].credits,
                                     who->in_flight(), who->draining ? "draining" : "ready"});
    }
    return out;
}

} // namespace postbus::bus
