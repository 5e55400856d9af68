// libFuzzer: any bytes as what several peers say to a broker's brain, and as the time that passes.
// Two rules are checked after every step: what it sends is what it may (bus_model), and its tables
// agree (router_probe). In the end everybody is gone, and nothing may be left.

#include "bus/router.hpp"
#include "schemas/codec.hpp"
#include "tests/fuzz/bus_model.hpp"
#include "tests/fuzz/bytes.hpp"
#include "tests/fuzz/router_probe.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace postbus;
using namespace postbus::bus;
using namespace std::chrono_literals;
using fuzz::require;

constexpr std::size_t queue_calls = 4;
constexpr unsigned peers = 6;
constexpr unsigned calls = 16;
constexpr std::string_view names[] = {"users", "orders", "nobody", "broker"};
constexpr std::string_view keys[] = {"users/1", "orders/1", "nobody/1", "users/2", ""};

router_options small_options(bool settled) {
    router_options out;
    out.queue = {queue_calls, 200};
    out.settle = settled ? 0ms : 2000ms;
    out.max_workers = 4;
    out.max_credits = 8;
    out.max_calls = 40;
    out.max_bytes = 600;
    return out;
}

// A finding is read with FUZZ_TRACE=1 in the environment: each record, in and out, as a line.
void trace(const char* way, peer_id who, const record& r) {
    static const bool wanted = std::getenv("FUZZ_TRACE") != nullptr;
    if (!wanted) return;
    const auto peer = static_cast<std::uint64_t>(who);
    std::fprintf(
        stderr, "%s %u.%u kind %d flags %d error %d outcome %d slot %llx id %llu %.*s left %u\n",
        way, static_cast<unsigned>(peer), static_cast<unsigned>(peer >> 32U),
        static_cast<int>(r.head.kind), r.head.flags, static_cast<int>(r.head.error),
        static_cast<int>(r.head.outcome), static_cast<unsigned long long>(r.head.slot),
        static_cast<unsigned long long>(r.head.id.low), static_cast<int>(r.head.service.size()),
        r.head.service.data(), r.head.time_left_ms);
}

class scene final : public router_actions {
public:
    explicit scene(bool settled)
        : router_{small_options(settled), 0xB0B0'0000'0001U, 42, now_, 1'700'000'000'000} {
        for (unsigned i = 0; i < peers; ++i) peers_[i] = i + 1;
    }

    void send(peer_id to, const record& r) override {
        trace("out", to, r);
        model_.sent(to, r);
        if (r.head.kind != kind::request) return;
        for (unsigned i = 0; i < peers; ++i)
            if (peer(i) == to) hands_[i].push_back({r.head.slot, r.head.id});
    }

    void step(fuzz::bytes& in) {
        const auto what = in.byte();
        const auto who = in.pick(peers);
        switch (what % 13) {
        case 0: return ready_from(who, in);
        case 1:
        case 2: return request_from(who, in);
        case 3:
        case 4: return reply_from(who, in);
        case 5: return say(who, {.kind = kind::cancel, .id = {1, in.pick(calls)}});
        case 6: return say(who, {.kind = kind::drain});
        case 7: return say(who, {.kind = kind::heartbeat, .service = in.pick(2) ? keys[0] : ""});
        case 8: return say(who, {.kind = kind::disconnect});
        case 9: return wake_from(who, in);
        case 10: return lose(who);
        case 11: return pass(in);
        default: return raw_from(who, in);
        }
    }

    void check() { router_probe::check(router_); }

    void finish() {
        for (unsigned i = 0; i < peers; ++i) lose(i);
        for (const auto time : {25ms, 3000ms, 6000ms, 601'000ms, 25ms}) tick(time);
        check();
        require(router_.pending_calls() == 0, "nothing is pending when everybody is gone");
        model_.finish();
        const auto status = router_.status(now_);
        for (const auto& service : status.services)
            require(service.workers.empty() && service.queued == 0, "nobody is shown who is gone");
    }

private:
    peer_id peer(unsigned index) const { return peer_id{peers_[index]}; }

    void give(unsigned who, const record& r) {
        const auto before = router_probe::longest_queue(router_);
        trace("in ", peer(who), r);
        model_.received(peer(who), r);
        router_.receive(peer(who), r, now_, *this);
        const auto after = router_probe::longest_queue(router_);
        if (r.head.kind == kind::request)
            require(after <= std::max(before, queue_calls), "a queue holds no more than it may");
    }
    void say(unsigned who, const head& h, std::string_view meta = {}, std::string_view body = {}) {
        give(who, {.head = h, .meta = meta, .body = body, .detached = {}});
    }

    void ready_from(unsigned who, fuzz::bytes& in) {
        ready said;
        const auto shape = in.byte();
        said.description.name = names[shape % 4];
        said.description.version = 1 + (shape >> 2U) % 2;
        said.description.database_id = (shape >> 3U) % 8 == 0 ? "other" : "db";
        said.instance = std::string(1, static_cast<char>('a' + in.pick(4)));
        said.credits = in.pick(10);
        said.slow_credits = in.pick(4);
        for (auto left = in.pick(4); left != 0; --left)
            said.held.push_back({{1, in.pick(calls)}, in.pick(8) * 100U, in.pick(2) != 0});
        if (shape >= 0xF0) {
            said.database_unix_ms = shape % 2 ? INT64_MIN : INT64_MAX;
            said.watermark = {~0ULL, ~0ULL};
        }
        auto& op = said.description.operations.emplace_back();
        op.name = said.description.name + ".list";
        op.method = "GET";
        op.path = shape % 16 == 5 ? "/users" : '/' + said.description.name;
        say(who, {.kind = kind::ready}, schemas::encode(said));
    }

    void request_from(unsigned who, fuzz::bytes& in) {
        const auto flags = in.byte();
        const auto limit = in.pick(8);
        static const std::string body(96, 'x');
        say(who,
            {.kind = kind::request,
             .flags = static_cast<std::uint8_t>(flags & flag::all & ~flag::detached),
             .time_left_ms = limit == 7 ? ~0U : limit * 400U,
             .slot = 1000U + in.byte(),
             .id = {1, in.pick(calls)},
             .service = keys[in.pick(std::size(keys))]},
            "meta", std::string_view{body}.substr(0, in.pick(96)));
    }

    // Of what it has, mostly; else of what another has, or of nothing.
    void reply_from(unsigned who, fuzz::bytes& in) {
        const auto shape = in.byte();
        auto& hand = hands_[shape < 0xE0 ? who : in.pick(peers)];
        given one{in.byte(), {1, in.pick(calls)}};
        if (!hand.empty() && shape < 0xF0) {
            const auto at = hand.begin() + static_cast<std::ptrdiff_t>(one.slot % hand.size());
            one = *at;
            if (shape < 0xE0) hand.erase(at);
        }
        if (shape % 16 == 15) one.slot ^= 1U;
        if (shape % 16 == 14) one.id.low ^= 1U;
        constexpr errc errors[] = {errc::ok, errc::shutting_down, errc::expired, errc::cancelled};
        say(who,
            {.kind = kind::reply,
             .error = errors[shape % 4],
             .outcome = static_cast<outcome>((shape >> 2U) % 3),
             .slot = one.slot,
             .id = one.id},
            "reply", "done");
    }

    void wake_from(unsigned who, fuzz::bytes& in) {
        const log_head head{std::string{names[in.pick(4)]}, "db", in.byte()};
        say(who, {.kind = kind::wake}, schemas::encode(head));
    }

    void lose(unsigned who) {
        model_.lost(peer(who));
        router_.lost(peer(who), now_, *this);
        peers_[who] += std::uint64_t{1} << 32U; // as the broker's loop names the next one there
        hands_[who].clear();
    }

    void pass(fuzz::bytes& in) {
        constexpr std::chrono::milliseconds times[] = {25ms, 25ms, 100ms, 300ms, 700ms, 2500ms};
        tick(times[in.pick(std::size(times))]);
        router_probe::check_nobody_idles(router_);
    }
    void tick(std::chrono::milliseconds time) {
        now_ += time;
        router_.tick(now_, *this);
    }

    // A frame as it came from a socket.
    void raw_from(unsigned who, fuzz::bytes& in) {
        record_reader reader{in.text(in.byte() * 4U)};
        record r;
        while (reader.next(r)) {
            give(who, r);
            check();
        }
    }

    struct given {
        std::uint64_t slot = 0;
        call_id id;
    };

    time_point now_{std::chrono::hours{1000}};
    fuzz::bus_model model_;
    router router_;
    std::array<std::uint64_t, peers> peers_{};
    std::array<std::vector<given>, peers> hands_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::bytes in{data, size};
    scene one{in.pick(2) == 0};
    for (int steps = 0; steps < 200 && !in.empty(); ++steps) {
        one.step(in);
        one.check();
    }
    one.finish();
    return 0;
}
