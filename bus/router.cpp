#include "bus/router.hpp"

#include "bus/share.hpp"
#include "schemas/codec.hpp"
#include "schemas/json_write.hpp"

#include <algorithm>

namespace postbus::bus {

namespace {

std::chrono::milliseconds time_limit_of(const head& request) {
    return std::min<std::chrono::milliseconds>(std::chrono::milliseconds{request.time_left_ms},
                                               router::longest_time_limit);
}

} // namespace

router::router(router_options options, std::uint64_t incarnation, std::int64_t pid, time_point now,
               std::int64_t unix_ms)
    : options_{options}, incarnation_{incarnation}, pid_{pid}, started_{now},
      started_unix_ms_{unix_ms}, last_tick_{now}, pending_{static_cast<std::uint32_t>(
                                                      incarnation ^ (incarnation >> 32U))} {}

void router::receive(peer_id from, const record& r, time_point now, router_actions& out) {
    const auto index = worker_index(from);
    if (index != nobody) workers_[index].life.heard();
    switch (r.head.kind) {
    case kind::request: return on_request(from, r, now, out);
    case kind::reply: return on_reply(from, r, now, out);
    case kind::cancel: return on_cancel(from, r, now, out);
    case kind::ready: return on_ready(from, r, now, out);
    case kind::drain: return on_drain(from, r, now, out);
    case kind::disconnect:
        if (index != nobody) lose(index, loss::left, now, out);
        return;
    case kind::heartbeat:
        // A caller's ping names no service and is answered; a worker's names its own.
        if (r.head.service.empty()) out.send(from, {.head = {.kind = kind::heartbeat}});
        else if (index == nobody) (void)tell_to_say_ready(from, now, out);
        else if (!r.meta.empty()) keep_metrics(index, r.meta);
        return;
    case kind::wake: return on_wake(from, r, out);
    case kind::registry: return; // only a broker says this
    }
}

void router::lost(peer_id peer, time_point now, router_actions& out) {
    if (const auto index = worker_index(peer); index != nobody)
        lose(index, loss::unreachable, now, out);
}

void router::on_request(peer_id from, const record& r, time_point now, router_actions& out) {
    if (r.head.service == broker_service_key) return on_broker_call(from, r, now, out);
    if (auto* known = pending_.find(r.head.id)) return on_request_again(*known, from, r, now, out);
    const auto limit = time_limit_of(r.head);
    auto known = find_service(r.head.service);
    if ((known == nobody || !services_[known].announced) && settled(now))
        if (const auto other = stand_in(r.head.service); other != nobody) known = other;
    // Another broker may have a worker right now: young or not, this one need not be waited for.
    if (r.head.has(flag::elsewhere) && (known == nobody || services_[known].live == 0)) {
        (known == nobody ? nowhere_ : services_[known].counts).refused.count(errc::no_worker);
        return refuse(from, r.head, errc::no_worker, outcome::not_executed, out);
    }
    if (known == nobody || !services_[known].announced) {
        const bool full = services_.size() >= max_strangers && known == nobody;
        if (settled(now) || full) {
            const auto why = settled(now) ? errc::unknown_service : errc::queue_full;
            nowhere_.refused.count(why);
            return refuse(from, r.head, why, outcome::not_executed, out);
        }
    }
    const auto index = known == nobody ? add_service(r.head.service) : known;
    auto& target = services_[index];
    const auto lane = r.head.has(flag::slow) ? slow : quick;
    if (!admits(target, lane, r, limit, now)) {
        target.counts.refused.count(errc::queue_full);
        return refuse(
            from, r.head, errc::queue_full, outcome::not_executed, out,
            std::chrono::ceil<std::chrono::milliseconds>(target.wait[lane].expected(now)));
    }
    ++target.counts.requests[lane];

    auto& call = pending_.add(r.head.id);
    call.has_caller = true;
    call.caller = from;
    call.caller_slot = r.head.slot;
    call.flags =
        static_cast<std::uint8_t>(r.head.flags & (flag::write | flag::slow | flag::resent));
    call.deadline = now + limit;
    enter(call, index, now);
    keep(call, r);
    target.waiting[lane].push(call);
    pump(target, now, out);
}

// Sent again after the caller's connection broke, or held by a worker since before this broker
// started: only the way back is new.
void router::on_request_again(pending_call& call, peer_id from, const record& r, time_point now,
                              router_actions& out) {
    auto& target = services_[call.service];
    const bool others =
        call.caller != peer_id{} && call.caller != from && !out.same_key(from, call.caller);
    if (others || service_of(r.head.service) != service_of(target.key)) {
        out.accuse("asks for a call that is another's");
        return refuse(from, r.head, errc::malformed, outcome::not_executed, out);
    }
    call.has_caller = true;
    call.caller = from;
    call.caller_slot = r.head.slot;
    call.deadline = now + time_limit_of(r.head);
    // Without room for it, it is only not sent to another worker when this one goes.
    if (call.has_request || !has_share(target, r.meta.size() + r.body.size())) return;
    call.flags = static_cast<std::uint8_t>(call.flags | (r.head.flags & flag::write));
    keep(call, r);
}

bool router::has_share(const service& target, std::size_t bytes) const {
    return within_share(target.bytes + bytes, bytes_ + bytes, options_.max_bytes);
}

bool router::admits(const service& target, lane_name lane, const record& r,
                    std::chrono::milliseconds limit, time_point now) const {
    const auto bytes = r.meta.size() + r.body.size();
    const auto& wait = target.wait[lane];
    if (!target.waiting[lane].has_room(bytes, options_.queue) ||
        !within_share(target.calls, pending_.size(), options_.max_calls) ||
        !has_share(target, bytes))
        return false;
    return options_.queue_wait.count() == 0 ||
           wait.inside() < std::size_t{options_.always_admitted} * std::max(target.live, 1U) ||
           !wait.exceeds(std::min(options_.queue_wait, limit), now);
}

void router::enter(pending_call& call, std::uint32_t index, time_point now) {
    auto& target = services_[index];
    call.service = index;
    call.arrived = now;
    ++target.calls;
    target.wait[lane_of(call)].arrived(now);
}

void router::keep(pending_call& call, const record& r) {
    call.keep(r.meta, r.body, r.detached);
    services_[call.service].bytes += call.bytes();
    bytes_ += call.bytes();
}

void router::leave(const pending_call& call, time_point now, bool served) {
    auto& target = services_[call.service];
    --target.calls;
    target.bytes -= call.bytes();
    target.wait[lane_of(call)].left(now, served);
}

void router::forget(pending_call& call, time_point now, bool served) {
    leave(call, now, served);
    bytes_ -= call.bytes();
    pending_.remove(call);
}

void router::on_cancel(peer_id from, const record& r, time_point now, router_actions& out) {
    auto* call = pending_.find(r.head.id);
    if (!call || !call->has_caller || call->caller != from) return;
    call->has_caller = false;
    ++services_[call->service].counts.cancelled;
    if (call->where == pending_call::state::in_flight) {
        const head cancel{.kind = kind::cancel, .slot = call->slot(), .id = call->id};
        return out.send(workers_[call->worker].peer, {.head = cancel});
    }
    auto& target = services_[call->service];
    queue_of(*call).erase(*call);
    forget(*call, now);
    pump(target, now, out);
}

void router::on_reply(peer_id from, const record& r, time_point now, router_actions& out) {
    const auto index = worker_index(from);
    if (index == nobody) {
        (void)tell_to_say_ready(from, now, out);
        return;
    }
    auto* call = pending_.at(r.head.slot);
    if (!call || call->worker != index || call->where != pending_call::state::in_flight) {
        // A call it held before this broker knew it has a slot of that time: look by id, among its
        // own.
        call = find_own(index, r.head.id);
        if (!call) {
            ++late_replies_;
            return out.accuse("answers a call that it does not have");
        }
    }
    auto& target = services_[call->service];
    const bool handed_back = r.head.error == errc::shutting_down || r.head.error == errc::cancelled;
    if (handed_back && r.head.outcome == outcome::not_executed && call->has_caller &&
        call->has_request) {
        // Untouched, by a worker on its way out, or since its caller had taken it back for a while:
        // anybody may begin it.
        take_from_worker(*call);
        queue_of(*call).push(*call);
        ++target.counts.handed_back;
        relieve(call->service, now, out);
        return pump(target, now, out);
    }
    target.counts.replies.count(r.head.error);
    target.counts.call_time[lane_of(*call)].count(micros(now - call->arrived));
    if (call->has_caller) {
        // An earlier worker died with it: what this one did says nothing of that one.
        const bool unsure = call->resends != 0 && r.head.outcome == outcome::not_executed;
        const head answer{.kind = kind::reply,
                          .error = r.head.error,
                          .outcome = unsure ? outcome::unknown : r.head.outcome,
                          .slot = call->caller_slot,
                          .id = call->id};
        out.send(call->caller, {answer, r.meta, r.body, r.detached});
    }
    end(*call, now, r.head.error != errc::expired && r.head.error != errc::cancelled);
    if (target.queued() || target.reserved != nobody) pump(target, now, out);
}

// A worker's call by its id.
pending_call* router::find_own(std::uint32_t index, const call_id& id) {
    auto* call = pending_.find(id);
    if (call && call->where == pending_call::state::in_flight && call->worker == index) return call;
    // Another has the id, but this one may have said that it holds it too.
    auto& beside = workers_[index].beside;
    const auto own = beside.find(id);
    return own == beside.end() ? nullptr : own->second;
}

void router::on_broker_call(peer_id from, const record& r, time_point now, router_actions& out) {
    if (!budget_.take(from, question_cost, now))
        return refuse(from, r.head, errc::queue_full, outcome::not_executed, out, question_cost);
    const auto call = schemas::decode<call_meta>(r.meta);
    if (call && call->operation == "broker.metrics") return answer_metrics(from, r.head, now, out);
    if (!call || call->operation != "broker.status")
        return refuse(from, r.head, errc::malformed, outcome::not_executed, out);
    const auto meta = schemas::encode(reply_meta{});
    const auto body = schemas::to_json(status(now));
    const head answer{.kind = kind::reply, .slot = r.head.slot, .id = r.head.id};
    budget_.charge(from, std::chrono::milliseconds{body.size() / bytes_a_ms}, now);
    out.send(from, {.head = answer, .meta = meta, .body = body, .detached = {}});
}

void router::tick(time_point now, router_actions& out) {
    // A broker that was itself stopped must not take its own silence for everybody's.
    const auto pause = now - last_tick_;
    const bool stood_still = pause > std::chrono::milliseconds{500};
    last_tick_ = now;
    for (std::uint32_t i = 0; i < workers_.size(); ++i) {
        auto& who = workers_[i];
        if (!who.present) continue;
        if (stood_still) who.life.forgive(pause);
        if (who.life.frozen(now)) {
            lose(i, loss::frozen, now, out);
            continue;
        }
        const bool unanswered = who.life.unanswered();
        if (!who.life.ping_due(now, who.in_flight() != 0)) continue;
        services_[who.service].counts.heartbeats_missed += unanswered;
        out.send(who.peer, {.head = {.kind = kind::heartbeat}});
    }
    if (!was_settled_ && settled(now)) {
        was_settled_ = true;
        registry_.touch();
        relieve_orphans(now, out);
    }
    budget_.tell_who_waited(ready_cost, now,
                            [&](peer_id peer) { return tell_to_say_ready(peer, now, out); });
    for (auto& target : services_) {
        if (target.queued()) expire(target, now, out), pump(target, now, out);
        if (target.drained_at && target.live == 0 &&
            now - *target.drained_at >= options_.withdraw_after) {
            target.drained_at.reset();
            target.announced = false;
            registry_.withdraw(target.key);
        }
    }
}

void router::expire(service& target, time_point now, router_actions& out) {
    for (auto* queue : {&target.waiting[quick], &target.waiting[slow], &target.redelivery}) {
        queue->take_if([&](const pending_call& call) { return call.deadline <= now; },
                       [&](pending_call& call) {
                           const auto known =
                               call.resends == 0 ? outcome::not_executed : outcome::unknown;
                           refuse(call, errc::expired, known, now, out);
                       });
        if (target.live != 0 || !settled(now)) continue;
        queue->take_if(
            [&](const pending_call& call) {
                return now - std::max(call.arrived, target.deserted_at) >= options_.grace;
            },
            [&](pending_call& call) {
                const auto known = call.resends == 0 ? outcome::not_executed : outcome::unknown;
                refuse(call, target.announced ? errc::no_worker : errc::unknown_service, known, now,
                       out);
            });
    }
}

call_queue& router::queue_of(const pending_call& call) {
    auto& target = services_[call.service];
    return call.resends != 0 ? target.redelivery : target.waiting[lane_of(call)];
}

std::uint32_t router::find_service(std::string_view key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nobody : found->second;
}

std::uint32_t router::worker_index(peer_id peer) const noexcept {
    const auto index = index_of(peer);
    if (index >= worker_by_peer_.size()) return nobody;
    const auto who = worker_by_peer_[index];
    return who != nobody && workers_[who].peer == peer ? who : nobody;
}

} // namespace postbus::bus
