#include "bus/router.hpp"

#include <algorithm>

namespace postbus::bus {

// Which waiting call goes to which worker.

namespace {

std::uint32_t milliseconds_left(time_point until, time_point now) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
    return static_cast<std::uint32_t>(std::max<std::int64_t>(left, 0));
}

} // namespace

void router::pump(service& target, time_point now, router_actions& out) {
    run_alone(target, now, out);
    for (auto lane : {quick, slow}) {
        auto& waiting = target.waiting[lane];
        while (!waiting.empty()) {
            const auto* best = target.pool[lane].best();
            if (!best) break;
            dispatch(target, waiting.pop(), workers_[best->worker], false, now, out);
        }
    }
}

// Calls whose worker died run one at a time, on a worker that is kept free of others meanwhile.
void router::run_alone(service& target, time_point now, router_actions& out) {
    while (!target.redelivery.empty()) {
        const auto lane = lane_of(target.redelivery.front());
        // A worker may have no slow pool, while another of its service has.
        if (target.reserved != nobody && workers_[target.reserved].member[lane].credits == 0)
            unreserve(target);
        if (target.reserved == nobody && !reserve(target, lane)) return;
        auto& who = workers_[target.reserved];
        if (who.in_flight() != 0) return;
        dispatch(target, target.redelivery.pop(), who, true, now, out);
    }
    if (target.reserved == nobody) return;
    const auto& calls = workers_[target.reserved].calls;
    if (calls.empty() || !calls.front().alone) unreserve(target);
}

bool router::reserve(service& target, lane_name lane) {
    const auto* best = target.pool[lane].best();
    if (!best) return false;
    target.reserved = best->worker;
    auto& member = workers_[target.reserved].member;
    for (auto each : {quick, slow}) target.pool[each].remove(member[each]);
    return true;
}

void router::unreserve(service& target) {
    if (target.reserved == nobody) return;
    auto& who = workers_[target.reserved];
    target.reserved = nobody;
    if (!who.draining)
        for (auto lane : {quick, slow}) target.pool[lane].add(who.member[lane]);
}

void router::dispatch(service& target, pending_call& call, worker& who, bool alone, time_point now,
                      router_actions& out) {
    if (call.deadline <= now) {
        const auto known = call.resends == 0 ? outcome::not_executed : outcome::unknown;
        return refuse(call, errc::expired, known, now, out);
    }
    put_in_flight(call, who.member[quick].worker);
    call.alone = alone;
    if (!alone) target.counts.queue_wait[lane_of(call)].count(micros(now - call.arrived));
    const auto flags = static_cast<std::uint8_t>(call.flags | (alone ? flag::alone : 0));
    const head request{.kind = kind::request,
                       .flags = flags,
                       .time_left_ms = milliseconds_left(call.deadline, now),
                       .slot = call.slot(),
                       .id = call.id,
                       .service = target.key};
    out.send(who.peer, {request, call.meta(), call.body(), call.detached});
}

void router::put_in_flight(pending_call& call, std::uint32_t index) {
    auto& who = workers_[index];
    const auto lane = lane_of(call);
    services_[who.service].pool[lane].take(who.member[lane]);
    call.where = pending_call::state::in_flight;
    call.worker = index;
    who.calls.push_back(call);
    if (!call.indexed) who.beside.emplace(call.id, &call);
}

void router::take_from_worker(pending_call& call) {
    auto& who = workers_[call.worker];
    const auto lane = lane_of(call);
    who.calls.erase(call_list::s_iterator_to(call));
    if (!call.indexed) who.beside.erase(call.id);
    services_[who.service].pool[lane].give_back(who.member[lane]);
    call.worker = nobody;
    call.alone = false;
}

void router::end(pending_call& call, time_point now, bool served) {
    if (call.where == pending_call::state::in_flight) take_from_worker(call);
    forget(call, now, served);
}

void router::refuse(pending_call& call, errc error, outcome known, time_point now,
                    router_actions& out) {
    services_[call.service].counts.refused.count(error);
    if (call.has_caller) {
        const head answer{.kind = kind::reply,
                          .error = error,
                          .outcome = known,
                          .slot = call.caller_slot,
                          .id = call.id};
        out.send(call.caller, {.head = answer});
    }
    forget(call, now);
}

void router::refuse(peer_id to, const head& request, errc error, outcome known, router_actions& out,
                    std::chrono::milliseconds again_after) {
    const head answer{.kind = kind::reply,
                      .error = error,
                      .outcome = known,
                      .time_left_ms = static_cast<std::uint32_t>(again_after.count()),
                      .slot = request.slot,
                      .id = request.id};
    out.send(to, {.head = answer});
}

} // namespace postbus::bus
