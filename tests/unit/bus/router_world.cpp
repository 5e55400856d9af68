#include "tests/unit/bus/router_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace postbus::bus::tests {

namespace {

constexpr std::size_t queue_limit = 20;
const char* const service_names[] = {"users", "orders"};

} // namespace

void world::step() {
    switch (pick(20)) {
    case 0: return join();
    case 1: return with_worker(&world::die);
    case 2: return with_worker(&world::freeze);
    case 3: return with_worker(&world::thaw);
    case 4: return with_worker(&world::reconnect);
    case 5: return pick(3) == 0 ? with_worker(&world::drain) : join();
    case 6: return with_worker(&world::hand_back);
    case 7: return with_worker(&world::commit_and_die);
    case 8: return with_worker(&world::refuse_unseen);
    case 9: return cancel();
    case 10: return ask_again();
    case 11: return advance(milliseconds_below(300));
    case 12:
    case 13:
    case 14: return with_worker(&world::answer);
    default: return ask();
    }
}

void world::finish() {
    for (int round = 0; round < 400; ++round) {
        while (workers_.size() < 4) join();
        std::vector<std::string> names;
        for (const auto& who : workers_) names.push_back(who->instance);
        for (const auto& name : names) {
            if (auto* who = find(name)) thaw(*who);
            for (auto* who = find(name); who && !who->hand.empty(); who = find(name)) answer(*who);
        }
        advance(std::chrono::milliseconds{100});
    }
    CHECK_EQ(room_.router().pending_calls(), 0);
    for (const auto& [number, call] : calls_)
        if (!call.cancelled && call.replies != 1)
            FAIL("call ", number, " got ", call.replies, " replies");
}

void world::check_nobody_idles() {
    const auto status = room_.router().status(room_.now);
    for (const auto& service : status.services) {
        const std::size_t index = service.name == service_names[0] ? 0 : 1;
        std::size_t waiting[2] = {0, 0};
        for (const auto& [number, call] : calls_)
            if (call.open() && call.service == index && call.deliveries == 0) ++waiting[call.slow];
        for (const bool slow : {false, true}) CHECK_LE(waiting[slow], queue_limit);
        const bool reserved = somebody_is_reserved(index, service);
        for (const auto& shown : service.workers) {
            CHECK_LE(shown.in_flight, shown.credits);
            const auto* who = find(shown.id);
            if (!who || who->draining || who->frozen || reserved) continue;
            CHECK((waiting[0] == 0 || who->holding(false) >= credits));
            CHECK((waiting[1] == 0 || who->holding(true) >= slow_credits));
        }
    }
}

std::size_t world::committed() const {
    return static_cast<std::size_t>(std::count_if(
        calls_.begin(), calls_.end(), [](const auto& entry) { return entry.second.committed; }));
}

router_options world::options() {
    router_options out;
    out.queue.calls = queue_limit;
    return out;
}

std::chrono::milliseconds world::milliseconds_below(std::uint64_t most) {
    return std::chrono::milliseconds{pick(most)};
}

peer_id world::new_peer() {
    if (free_peers_.empty()) free_peers_.push_back(next_peer_++);
    const auto id = free_peers_.back();
    free_peers_.pop_back();
    return peer_id{id};
}

void world::connection_lost(peer_id peer) {
    free_peers_.push_back(static_cast<std::uint64_t>(peer) + (std::uint64_t{1} << 32U));
    room_.lost(peer);
    deliver();
}

model_worker* world::find(const std::string& instance) {
    for (auto& who : workers_)
        if (who->instance == instance) return who.get();
    return nullptr;
}

model_worker* world::find(peer_id peer) {
    for (auto& who : workers_)
        if (who->peer == peer) return who.get();
    return nullptr;
}

bool world::somebody_is_reserved(std::size_t service, const service_status& status) const {
    std::set<std::uint64_t> in_company;
    for (const auto& who : workers_) {
        const bool known =
            std::any_of(status.workers.begin(), status.workers.end(),
                        [&](const auto& shown) { return shown.id == who->instance; });
        for (const auto* part : {&who->hand, &who->unread})
            for (const auto& r : *part) {
                if (r.head.kind != kind::request) continue;
                if (who->service == service && r.head.has(flag::alone)) return true;
                // An earlier worker may have it still, beside the one that it was sent to again.
                if (known && calls_.at(r.head.id.low).last_worker == who->instance)
                    in_company.insert(r.head.id.low);
            }
    }
    return std::any_of(calls_.begin(), calls_.end(), [&](const auto& entry) {
        return entry.second.open() && entry.second.service == service &&
               entry.second.deliveries != 0 && !in_company.contains(entry.first);
    });
}

void world::join() {
    if (workers_.size() >= 6) return;
    auto& who = *workers_.emplace_back(std::make_unique<model_worker>());
    who.peer = new_peer();
    who.instance = "w" + std::to_string(++joined_);
    who.service = workers_.size() % 2;
    say_ready(who);
}

void world::say_ready(model_worker& who) {
    // READY does not say which of the calls held is to run alone: from here on none is.
    for (const auto& r : who.hand) who.excused.insert(r.head.id.low);
    auto said = make_ready(who.instance, service_names[who.service]);
    said.credits = credits;
    said.slow_credits = slow_credits;
    for (const auto& r : who.hand)
        said.held.push_back(
            {.id = r.head.id, .time_left_ms = 1000, .slow = r.head.has(flag::slow)});
    room_.say_ready(who.peer, said);
    deliver();
}

void world::remove(const model_worker& gone) {
    std::erase_if(workers_, [&](const auto& who) { return who.get() == &gone; });
}

void world::die(model_worker& who) {
    const auto peer = who.peer;
    remove(who);
    connection_lost(peer);
}

void world::thaw(model_worker& who) {
    if (!who.frozen) return;
    who.frozen = false;
    while (!who.unread.empty()) {
        const auto r = std::move(who.unread.front());
        who.unread.pop_front();
        at_worker(who, r);
    }
    deliver();
}

void world::reconnect(model_worker& who) {
    if (who.frozen || who.draining) return;
    const auto before = who.peer;
    who.peer = new_peer();
    // Whether the broker sees the end of the old connection first is anybody's guess.
    if (pick(2) == 0) {
        connection_lost(before);
        say_ready(who);
    } else {
        say_ready(who);
        connection_lost(before);
    }
}

void world::drain(model_worker& who) {
    if (who.frozen || who.draining) return;
    who.draining = true;
    room_.receive(who.peer, {.kind = kind::drain});
    deliver();
}

void world::leave_when_done(model_worker& who) {
    if (!who.drain_acknowledged || !who.hand.empty()) return;
    const auto peer = who.peer;
    remove(who);
    room_.receive(peer, {.kind = kind::disconnect});
    connection_lost(peer);
}

void world::hand_back(model_worker& who) {
    if (who.frozen || !who.draining || who.hand.empty()) return;
    const auto r = take(who, pick(who.hand.size()));
    ++calls_.at(r.head.id.low).handed_back;
    room_.refuse(who.peer, r, errc::shutting_down, outcome::not_executed);
    deliver_and_leave(who.instance);
}

void world::answer(model_worker& who) {
    if (who.frozen || who.hand.empty()) return;
    const auto r = take(who, pick(who.hand.size()));
    calls_.at(r.head.id.low).committed = true;
    room_.reply(who.peer, r);
    deliver_and_leave(who.instance);
}

void world::commit_and_die(model_worker& who) {
    if (who.frozen || who.hand.empty()) return;
    calls_.at(who.hand[pick(who.hand.size())].head.id.low).committed = true;
    die(who);
}

void world::refuse_unseen(model_worker& who) {
    if (who.frozen || who.hand.empty()) return;
    const auto r = take(who, pick(who.hand.size()));
    room_.refuse(who.peer, r, errc::expired, outcome::not_executed);
    deliver_and_leave(who.instance);
}

sent_record world::take(model_worker& who, std::size_t index) {
    auto r = std::move(who.hand[index]);
    who.hand.erase(who.hand.begin() + static_cast<std::ptrdiff_t>(index));
    return r;
}

void world::deliver_and_leave(const std::string& instance) {
    deliver();
    if (auto* who = find(instance)) leave_when_done(*who);
}

void world::ask() {
    const auto number = ++asked_;
    auto& call = calls_[number];
    call.caller = gateways_[pick(3)];
    call.slot = 1000 + number;
    call.service = pick(2);
    call.slow = pick(5) == 0;
    const auto limit = std::chrono::milliseconds{50 + pick(4000)};
    call.deadline = room_.now + limit;
    send_request(number, call, limit, 0);
}

void world::ask_again() {
    const auto number = some_open_call();
    if (number == 0) return;
    auto& call = calls_.at(number);
    if (call.deadline <= room_.now) return;
    call.caller = gateways_[pick(3)];
    call.slot += 1'000'000;
    send_request(number, call,
                 std::chrono::ceil<std::chrono::milliseconds>(call.deadline - room_.now),
                 flag::resent);
}

void world::send_request(std::uint64_t number, const model_call& call,
                         std::chrono::milliseconds limit, std::uint8_t flags) {
    const auto key = std::string{service_names[call.service]} + "/1";
    room_.receive(
        call.caller,
        {.kind = kind::request,
         .flags = static_cast<std::uint8_t>(flags | flag::write | (call.slow ? flag::slow : 0)),
         .time_left_ms = static_cast<std::uint32_t>(limit.count()),
         .slot = call.slot,
         .id = {1, number},
         .service = key},
        "meta", "body");
    deliver();
}

void world::cancel() {
    const auto number = some_open_call();
    if (number == 0) return;
    auto& call = calls_.at(number);
    call.cancelled = true;
    room_.receive(call.caller, {.kind = kind::cancel, .id = {1, number}});
    deliver();
}

std::uint64_t world::some_open_call() {
    for (int attempt = 0; attempt < 5 && asked_ != 0; ++attempt) {
        const auto number = asked_ - pick(std::min<std::uint64_t>(asked_, 40));
        if (calls_.at(number).open()) return number;
    }
    return 0;
}

void world::advance(std::chrono::milliseconds time) {
    for (const auto end = room_.now + time; room_.now < end;) {
        room_.wait(router::tick_interval);
        deliver();
    }
}

void world::deliver() {
    for (auto sent = room_.taken_with_pings(); !sent.empty(); sent = room_.taken_with_pings())
        for (const auto& r : sent) {
            auto* who = find(r.to);
            if (r.head.kind == kind::request) dispatched(r, who);
            if (who) at_worker(*who, r);
            else at_caller(r);
        }
}

void world::dispatched(const sent_record& r, const model_worker* to) {
    auto& call = calls_.at(r.head.id.low);
    call.last_worker = to ? to->instance : "";
    ++call.deliveries;
    CHECK(call.open());
    CHECK_GT(call.deadline, room_.now);
    CHECK_LE(call.deliveries - call.handed_back, 3);
    CHECK_GT(r.head.time_left_ms, 0U);
    // More than one delivery means that a worker died with it, unless it was handed back.
    if (call.deliveries - call.handed_back > 1) CHECK(r.head.has(flag::alone));
    if (call.deliveries == 1) CHECK_FALSE(r.head.has(flag::alone));
}

void world::at_worker(model_worker& who, const sent_record& r) {
    if (who.frozen) return who.unread.push_back(r);
    switch (r.head.kind) {
    case kind::request: return at_worker_request(who, r);
    case kind::heartbeat:
        return room_.receive(who.peer, {.kind = kind::heartbeat, .service = keys_[who.service]});
    case kind::drain: who.drain_acknowledged = true; return;
    case kind::cancel:
        for (std::size_t i = 0; i < who.hand.size(); ++i)
            if (who.hand[i].head.id == r.head.id && pick(2) == 0)
                return room_.refuse(who.peer, take(who, i), errc::cancelled, outcome::not_executed);
        return;
    case kind::disconnect: {
        const auto notice = schemas::decode<broker_notice>(r.meta);
        REQUIRE(notice);
        REQUIRE_EQ(notice->reason, "");
        if (!who.draining) say_ready(who);
        return;
    }
    default: FAIL("a worker got a record of kind ", static_cast<int>(r.head.kind));
    }
}

void world::at_worker_request(model_worker& who, const sent_record& r) {
    auto& call = calls_.at(r.head.id.low);
    const bool slow = r.head.has(flag::slow);
    CHECK_EQ(slow, call.slow);
    CHECK_EQ(who.service, call.service);
    if (r.head.has(flag::alone)) CHECK(who.hand.empty());
    for (const auto& held : who.hand) {
        CHECK((!held.head.has(flag::alone) || who.excused.contains(held.head.id.low)));
        CHECK(held.head.id != r.head.id);
    }
    who.hand.push_back(r);
    CHECK_LE(who.holding(slow), slow ? slow_credits : credits);
}

void world::at_caller(const sent_record& r) {
    if (r.head.kind != kind::reply) return; // to a worker that is gone
    auto& call = calls_.at(r.head.id.low);
    ++call.replies;
    CHECK_EQ(call.replies, 1);
    CHECK_FALSE(call.cancelled);
    CHECK(r.to == call.caller);
    CHECK_EQ(r.head.slot, call.slot);
    if (r.head.error == errc::ok) CHECK(call.committed);
    if (r.head.error != errc::ok) CHECK(r.head.outcome != outcome::executed);
    if (r.head.outcome == outcome::not_executed) CHECK_FALSE(call.committed);
    if (call.deliveries == 0) CHECK(r.head.outcome == outcome::not_executed);
}

} // namespace postbus::bus::tests
