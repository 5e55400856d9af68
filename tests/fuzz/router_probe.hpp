#pragma once

#include "bus/router.hpp"
#include "tests/fuzz/bytes.hpp"

#include <vector>

namespace postbus::bus {

/// Looks into a router: do its tables agree with each other?
struct router_probe {
    static void check(const router& of) {
        using fuzz::require;
        std::size_t pending = 0;
        std::size_t bytes = 0;
        std::size_t service_bytes = 0;
        std::vector<std::uint32_t> live(of.services_.size());
        std::vector<std::uint32_t> members(of.services_.size());
        std::vector<std::size_t> in_flight(of.services_.size());
        for (std::uint32_t i = 0; i < of.workers_.size(); ++i) {
            const auto& who = of.workers_[i];
            if (!who.present) {
                require(who.calls.empty(), "who is gone has no calls");
                for (const auto& member : who.member)
                    require(!member.pooled && member.in_flight == 0, "who is gone is in no pool");
                continue;
            }
            require(of.worker_index(who.peer) == i, "a worker is found by its peer");
            const auto& target = of.services_[who.service];
            live[who.service] += !who.draining;
            ++members[who.service];
            std::uint32_t unindexed = 0;
            std::uint32_t count[router::lanes] = {};
            for (const auto& call : who.calls) {
                require(call.where == pending_call::state::in_flight && call.worker == i &&
                            call.service == who.service,
                        "a call in flight knows where");
                ++count[router::lane_of(call)];
                ++pending;
                ++in_flight[who.service];
                bytes += call.bytes();
                if (call.indexed) continue;
                ++unindexed;
                const auto own = who.beside.find(call.id);
                require(own != who.beside.end() && own->second == &call,
                        "a call not found by id is found by its worker");
            }
            require(who.beside.size() == unindexed, "a worker has each call once");
            for (auto lane : {router::quick, router::slow}) {
                require(who.member[lane].in_flight == count[lane],
                        "in_flight is what is in flight");
                require(who.member[lane].pooled == (!who.draining && target.reserved != i),
                        "a worker is in the pool unless it drains or is reserved");
            }
        }
        for (std::uint32_t s = 0; s < of.services_.size(); ++s) {
            const auto& target = of.services_[s];
            require(target.live == live[s], "live is how many live");
            std::size_t calls = in_flight[s];
            for (const auto* queue : {&target.waiting[0], &target.waiting[1], &target.redelivery}) {
                pending += queue->size();
                calls += queue->size();
                bytes += queue->bytes();
            }
            require(target.calls == calls, "a service counts its calls");
            require(target.wait[0].inside() + target.wait[1].inside() == calls,
                    "lanes count their calls");
            service_bytes += target.bytes;
            require(target.members == members[s], "a service counts its workers");
            require(target.announced == (of.registry_.find(target.key) != nullptr),
                    "what is announced is in the registry");
            const auto its = of.served_.find(router::service_of(target.key));
            require((target.live != 0) == (its != of.served_.end() &&
                                           its->second.contains(router::version_of(target.key)) &&
                                           its->second.at(router::version_of(target.key)) == s),
                    "a version with workers is found by name");
            if (target.reserved != nobody)
                require(of.workers_[target.reserved].present &&
                            of.workers_[target.reserved].service == s,
                        "who is reserved lives");
        }
        require(pending == of.pending_.size(), "every pending call is in one place");
        require(service_bytes == of.bytes_, "services count their bytes");
        require(bytes == of.bytes_, "bytes are those of all calls");
        require(bytes <= of.options_.max_bytes, "bytes have a limit");
        require(pending <= of.options_.max_calls, "calls have a limit");
    }

    /// Calls that wait in the fullest queue.
    static std::size_t longest_queue(const router& of) {
        std::size_t most = 0;
        for (const auto& target : of.services_)
            for (const auto& queue : target.waiting) most = std::max(most, queue.size());
        return most;
    }

    /// Nobody waits while a worker could take it.
    static void check_nobody_idles(router& of) {
        for (auto& target : of.services_)
            for (auto lane : {router::quick, router::slow})
                fuzz::require(target.waiting[lane].empty() || !target.pool[lane].best(),
                              "nobody waits while a worker is free");
    }

    static std::size_t services(const router& of) { return of.services_.size(); }
};

} // namespace postbus::bus
