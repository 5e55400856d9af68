#include "bus/router.hpp"

#include "bus/ready_limits.hpp"
#include "bus/share.hpp"
#include "schemas/codec.hpp"

#include <algorithm>
#include <array>

namespace postbus::bus {

// What workers say: READY, DRAIN, and their coming and going.

void router::on_ready(peer_id from, const record& r, time_point now, router_actions& out) {
    if (!budget_.take(from, ready_cost, now)) {
        (void)budget_.put_off(from); // it is told to say it again, when it may
        return out.accuse("says READY too often");
    }
    const auto said = schemas::decode<ready>(r.meta);
    const auto notice = [&](kind what, std::string reason) {
        const auto meta = schemas::encode(broker_notice{incarnation_, std::move(reason)});
        out.send(from, {.head = {.kind = what}, .meta = meta, .body = {}, .detached = {}});
    };
    if (!said) return notice(kind::disconnect, "the READY could not be decoded");
    const auto unix_now =
        started_unix_ms_ +
        std::chrono::duration_cast<std::chrono::milliseconds>(now - started_).count();
    const auto bytes = schemas::encode(said->description).size();
    auto why = objection_to(*said, bytes, options_.max_credits, unix_now);
    if (why.empty()) why = registry_.objection(*said);
    const auto key = said->description.key();
    auto index = worker_index(from);
    if (why.empty() && index != nobody && services_[workers_[index].service].key != key)
        why = "this connection serves " + services_[workers_[index].service].key + " already";
    if (why.empty() && index == nobody &&
        workers_.size() - free_workers_.size() >= options_.max_workers)
        why = "the broker has " + std::to_string(options_.max_workers) + " workers already";
    if (why.empty() && index == nobody) why = objection_to_name(from, *said, out);
    // One that drains and says it once more brings no service back.
    const bool drains = index != nobody && workers_[index].draining;
    if (why.empty() && !drains && !make_room_for(*said, bytes))
        why = "the broker knows as many services as it can, all of them with workers";
    if (!why.empty()) {
        why = shortened(std::move(why));
        out.accuse("is refused as a worker: " + why);
        return turn_away(from, std::move(why), now, out);
    }
    if (!drains || registry_.find(key) != nullptr) registry_.announce(*said, unix_now);
    const auto known = find_service(key);
    const auto service_index = known == nobody ? add_service(key) : known;
    auto& target = services_[service_index];
    if (!drains) {
        target.announced = true;
        target.drained_at.reset();
    }

    if (index == nobody) index = join(from, service_index, *said, now, out);
    else if (!drains) describe_again(workers_[index], said->description);
    auto& who = workers_[index];
    who.pid = said->pid;
    for (auto lane : {quick, slow}) target.pool[lane].remove(who.member[lane]);
    who.member[quick].credits = said->credits;
    who.member[slow].credits = said->slow_credits;
    adopt_held(index, *said, now);
    if (!who.draining && target.reserved != index)
        for (auto lane : {quick, slow}) target.pool[lane].add(who.member[lane]);
    notice(kind::heartbeat, {});
    pump(target, now, out);
}

// Whoever says that it is a process known already takes that one's place: with the name of its
// service and, where there are keys, its key.
std::string router::objection_to_name(peer_id from, const ready& said, router_actions& out) const {
    const auto known = by_instance_.find(said.instance);
    if (known == by_instance_.end()) return {};
    const auto& other = workers_[known->second];
    if (services_[other.service].key == said.description.key() && out.same_key(from, other.peer))
        return {};
    return "instance " + said.instance + " is another worker, of " + services_[other.service].key;
}

void router::forbid(peer_id from, const record& r, const std::string& why, time_point now,
                    router_actions& out) {
    if (r.head.kind == kind::ready) {
        if (budget_.take(from, ready_cost, now)) return turn_away(from, why, now, out);
        return (void)budget_.put_off(from);
    }
    const auto known = find_service(r.head.service);
    (known == nobody ? nowhere_ : services_[known].counts).refused.count(errc::forbidden);
    refuse(from, r.head, errc::forbidden, outcome::not_executed, out);
}

void router::turn_away(peer_id from, std::string why, time_point now, router_actions& out) {
    ++refused_workers_;
    if (const auto index = worker_index(from); index != nobody) lose(index, loss::left, now, out);
    const auto meta = schemas::encode(broker_notice{incarnation_, std::move(why)});
    out.send(from, {.head = {.kind = kind::disconnect}, .meta = meta, .body = {}, .detached = {}});
}

std::string_view router::served_by(peer_id from) const {
    const auto index = worker_index(from);
    if (index == nobody) return {};
    const std::string_view key = services_[workers_[index].service].key;
    return key.substr(0, key.find('/'));
}

// A worker on a new connection. When it is a process known from another one, what it still holds
// moves with it; the rest was lost on the way.
std::uint32_t router::join(peer_id from, std::uint32_t service_index, const ready& said,
                           time_point now, router_actions& out) {
    const auto before = by_instance_.find(said.instance);
    const auto old = before == by_instance_.end() ? nobody : before->second;
    const auto index = new_worker();
    auto& fresh = workers_[index];
    fresh.service = service_index;
    fresh.instance = said.instance;
    fresh.life = liveness{now};
    bind(index, from);
    if (old != nobody) {
        for (const auto& held : said.held) {
            auto* call = pending_.find(held.id);
            if (!call || call->where != pending_call::state::in_flight || call->worker != old ||
                call->service != service_index)
                continue;
            take_from_worker(*call);
            put_in_flight(*call, index);
        }
        lose(old, loss::replaced, now, out);
    }
    by_instance_[said.instance] = index;
    fresh.pid = said.pid;
    out.report(name_of(fresh) + " is ready");
    ++services_[service_index].live;
    ++services_[service_index].members;
    fresh.variant = registry_.worker_joined(said.description);
    if (services_[service_index].live == 1) {
        now_served(service_index);
        relieve_orphans(now, out);
    }
    return index;
}

void router::describe_again(worker& who, const service_description& said) {
    if (registry_.has_variant(said, who.variant)) return; // it says READY for other reasons too
    const auto before = who.variant;
    who.variant = registry_.worker_joined(said);
    registry_.worker_left(said.key(), before);
}

// Calls that the worker has in hand: whoever sends them again is to be answered from there. What is
// more than it may have, or than the broker takes, is left out: a record of the call sees to it
// that it has one effect, wherever it comes again.
void router::adopt_held(std::uint32_t index, const ready& said, time_point now) {
    auto& who = workers_[index];
    const auto most = said.credits + said.slow_credits;
    for (const auto& held : said.held) {
        auto* call = pending_.find(held.id);
        if (call && call->where == pending_call::state::in_flight && call->worker == index)
            continue;
        const auto own = who.beside.find(held.id);
        if (own == who.beside.end() && who.in_flight() >= most) continue;
        if (call && call->where == pending_call::state::queued && call->service == who.service) {
            queue_of(*call).erase(*call);
            if (own != who.beside.end()) end(*own->second, now, false);
        } else if (own != who.beside.end() || // it said so before
                   !within_share(services_[who.service].calls, pending_.size(),
                                 options_.max_calls)) {
            continue;
        } else {
            call = call ? &pending_.add_unindexed(held.id) : &pending_.add(held.id);
            call->has_caller = false;
            call->flags = held.slow ? flag::slow : 0;
            enter(*call, who.service, now);
            call->deadline =
                now + std::min<std::chrono::milliseconds>(
                          std::chrono::milliseconds{held.time_left_ms}, longest_time_limit);
        }
        put_in_flight(*call, index);
    }
}

void router::on_wake(peer_id from, const record& r, router_actions& out) {
    const auto index = worker_index(from);
    const auto head = schemas::decode<log_head>(r.meta);
    if (index == nobody || !head || head->database_id.size() > ready_limits::name_bytes) return;
    const auto& key = services_[workers_[index].service].key;
    // Nobody speaks for another service.
    if (!key.starts_with(head->service + '/')) return;
    ++services_[workers_[index].service].counts.wakes;
    out.wake(*head, r.meta);
}

void router::on_drain(peer_id from, const record&, time_point now, router_actions& out) {
    const auto index = worker_index(from);
    if (index == nobody) {
        out.send(from, {.head = {.kind = kind::drain}});
        return;
    }
    auto& who = workers_[index];
    retire(who, true, now);
    who.draining = true;
    out.send(from, {.head = {.kind = kind::drain}});
    relieve(who.service, now, out);
    pump(services_[who.service], now, out);
}

// False: it was told just before, and what it said since may not have been heard yet.
bool router::tell_to_say_ready(peer_id peer, time_point now, router_actions& out) {
    const auto index = index_of(peer);
    if (told_.size() <= index) told_.resize(index + 1);
    auto& last = told_[index];
    if (last.peer == peer && last.at != time_point{} &&
        now - last.at < std::chrono::milliseconds{100})
        return false;
    last = {peer, now};
    const auto meta = schemas::encode(broker_notice{incarnation_, {}});
    out.send(peer, {.head = {.kind = kind::disconnect}, .meta = meta, .body = {}, .detached = {}});
    return true;
}

std::uint32_t router::new_worker() {
    if (free_workers_.empty()) {
        const auto index = static_cast<std::uint32_t>(workers_.size());
        auto& fresh = workers_.emplace_back();
        for (auto& member : fresh.member) member.worker = index;
        free_workers_.push_back(index);
    }
    const auto index = free_workers_.back();
    free_workers_.pop_back();
    workers_[index].present = true;
    workers_[index].draining = false;
    return index;
}

void router::bind(std::uint32_t who, peer_id peer) {
    const auto index = index_of(peer);
    if (worker_by_peer_.size() <= index) worker_by_peer_.resize(index + 1, nobody);
    worker_by_peer_[index] = who;
    workers_[who].peer = peer;
}

std::string router::name_of(const worker& who) const {
    return services_[who.service].key + " worker " + who.instance + " (pid " +
           std::to_string(who.pid) + ')';
}

// Takes the worker out of the dispatch, once.
void router::retire(worker& who, bool drained, time_point now) {
    if (who.draining) return;
    auto& target = services_[who.service];
    if (target.reserved != nobody && &workers_[target.reserved] == &who) target.reserved = nobody;
    for (auto lane : {quick, slow}) target.pool[lane].remove(who.member[lane]);
    --target.live;
    registry_.worker_left(target.key, who.variant);
    if (target.live == 0) {
        target.deserted_at = now;
        served_no_more(who.service);
    }
    if (drained && target.live == 0) target.drained_at = now;
}

void router::lose(std::uint32_t index, loss how, time_point now, router_actions& out) {
    auto& who = workers_[index];
    constexpr std::array words{"left", "is gone", "does not answer any more", "came back"};
    out.report(name_of(who) + ' ' + words.at(static_cast<std::size_t>(how)) + " with " +
               std::to_string(who.in_flight()) + " calls in hand");
    retire(who, how == loss::left, now);
    forget_metrics(index);
    auto& target = services_[who.service];
    ++target.counts.lost.at(static_cast<std::size_t>(how));
    who.present = false;
    --target.members;
    worker_by_peer_[index_of(who.peer)] = nobody;
    if (const auto named = by_instance_.find(who.instance);
        named != by_instance_.end() && named->second == index)
        by_instance_.erase(named);
    while (!who.calls.empty()) {
        auto& call = who.calls.front();
        take_from_worker(call);
        redeliver(call, now, out);
    }
    free_workers_.push_back(index);
    relieve(who.service, now, out);
    pump(target, now, out);
}

// Its worker is gone. Nobody knows how far it came, so it runs again, alone: the one that killed
// the worker takes no neighbours with it next time.
void router::redeliver(pending_call& call, time_point now, router_actions& out) {
    if (!call.has_caller) return forget(call, now);
    if (call.deadline <= now) return refuse(call, errc::expired, outcome::unknown, now, out);
    if (call.resends >= options_.max_resends || !call.has_request)
        return refuse(call, errc::resends_used_up, outcome::unknown, now, out);
    ++call.resends;
    ++services_[call.service].counts.redeliveries;
    services_[call.service].redelivery.push(call);
}

} // namespace postbus::bus
