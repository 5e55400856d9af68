#include "tests/fuzz/bus_model.hpp"

#include "schemas/codec.hpp"
#include "tests/fuzz/bytes.hpp"

namespace postbus::fuzz {

using namespace bus;

void bus_model::received(peer_id from, const record& r) {
    claim_.reset();
    switch (r.head.kind) {
    case kind::request:
        if (r.head.service != broker_service_key) asked(from, r.head);
        else to_broker_ = {from, r.head.slot, r.head.id};
        break;
    case kind::reply: answered(from, r.head); break;
    case kind::cancel:
        if (const auto at = asks_.find(r.head.id); at != asks_.end() && at->second.caller == from)
            at->second.open = false;
        break;
    case kind::ready: announced(from, r); break;
    case kind::drain: workers_[from].draining = true; break;
    case kind::disconnect: workers_.erase(from); break;
    default: break;
    }
}

void bus_model::sent(peer_id to, const record& r) {
    switch (r.head.kind) {
    case kind::request: return handed(to, r.head);
    case kind::reply: return replied(to, r.head);
    case kind::cancel: {
        const auto at = slots_.find(r.head.slot);
        require(workers_.contains(to), "a CANCEL goes to a worker");
        require(at == slots_.end() || at->second == r.head.id,
                "a CANCEL names the call handed out");
        return;
    }
    case kind::disconnect:
        if (const auto said = schemas::decode<broker_notice>(r.meta); said && !said->reason.empty())
            workers_.erase(to); // refused for good
        return;
    case kind::heartbeat:
        if (!r.meta.empty()) accepted(to);
        return;
    case kind::drain: return;
    default: fail("a broker says this to nobody");
    }
}

void bus_model::lost(peer_id peer) {
    workers_.erase(peer);
}

void bus_model::finish() const {
    for (const auto& [id, one] : asks_) require(!one.open, "every call ends");
}

void bus_model::asked(peer_id from, const head& head) {
    auto& one = asks_[head.id];
    claim_ = {{from, head.slot, head.id}, one};
    // A call that was cancelled in flight.
    if (!one.open && !one.holders.empty()) one.asked_anew = true;
    one.open = true;
    one.caller = from;
    one.slot = head.slot;
    one.service = head.service.substr(0, head.service.rfind('/'));
}

// By its slot or by its id. When the two are of two calls that this peer was given, only the router
// knows whether the slot is still of the first: then it may have answered either.
void bus_model::answered(peer_id from, const head& head) {
    std::vector<call_id> said{head.id};
    if (const auto known = slots_.find(head.slot); known != slots_.end())
        if (const auto at = asks_.find(known->second);
            at != asks_.end() && std::ranges::count(at->second.holders, from) != 0)
            said.push_back(known->second);
    if (const auto who = workers_.find(from); who != workers_.end()) {
        auto& hand = who->second.hand;
        for (const auto& id : said) {
            const auto mine = std::ranges::find(hand, id, &given::id);
            if (mine != hand.end()) hand.erase(mine);
        }
    }
    if (head.outcome != outcome::not_executed) return;
    for (const auto& id : said)
        if (const auto at = asks_.find(id); at != asks_.end()) std::erase(at->second.holders, from);
}

void bus_model::announced(peer_id from, const record& r) {
    const auto said = schemas::decode<ready>(r.meta);
    if (!said) return;
    auto& who = workers_[from];
    // Whether it drains still, only the router knows: it may have lost it meanwhile.
    const auto instance = who.announced ? who.instance : said->instance;
    who = {true, false, instance, {said->credits, said->slow_credits}, {}};
    held_.clear();
    for (const auto& one : said->held) held_.push_back(one.id);
}

// The same process on a new connection still has what it names.
void bus_model::accepted(peer_id who) {
    for (const auto& [peer, other] : workers_) {
        if (peer == who || other.instance != workers_[who].instance) continue;
        for (const auto& id : held_)
            if (const auto at = asks_.find(id); at != asks_.end())
                std::replace(at->second.holders.begin(), at->second.holders.end(), peer, who);
    }
    std::erase_if(workers_, [&](const auto& one) {
        return one.first != who && one.second.instance == workers_[who].instance;
    });
}

void bus_model::handed(peer_id to, const head& head) {
    const auto who = workers_.find(to);
    require(who != workers_.end() && who->second.announced, "a REQUEST goes to who said READY");
    require(!who->second.draining, "a REQUEST goes to nobody who drains");
    const bool slow = head.has(flag::slow);
    auto& hand = who->second.hand;
    hand.push_back({head.slot, head.id, slow});
    const auto now =
        std::count_if(hand.begin(), hand.end(), [&](const given& one) { return one.slow == slow; });
    require(now <= static_cast<std::ptrdiff_t>(who->second.credits[slow]),
            "no more in flight than a worker's credits");
    auto& one = asks_[head.id];
    require(one.open, "only calls that somebody waits for are handed out");
    one.holders.push_back(to);
    slots_[head.slot] = head.id;
}

void bus_model::replied(peer_id to, const head& head) {
    // The broker's own answers come at once.
    if (to_broker_ && *to_broker_ == broker_call{to, head.slot, head.id}) return to_broker_.reset();
    const auto at = asks_.find(head.id);
    // Who asks by the id of a call to another service is told so at once, and that call goes on.
    if (claim_ && claim_->what == broker_call{to, head.slot, head.id} &&
        head.error == errc::malformed && head.outcome == outcome::not_executed) {
        require(!claim_->before.open || claim_->before.service != at->second.service,
                "whoever asks again is heard");
        at->second = claim_->before;
        return claim_.reset();
    }
    require(at != asks_.end(), "an answer goes to who asked: nobody did");
    auto& one = at->second;
    require(one.open, "a call is answered once");
    require(one.caller == to && one.slot == head.slot, "an answer goes to who asked last");
    if (head.outcome == outcome::not_executed && !one.asked_anew)
        require(one.holders.empty(), "not-executed: nobody has it who has not said so");
    one = {};
}

} // namespace postbus::fuzz
