#pragma once

#include "bus/router.hpp"
#include "schemas/codec.hpp"

#include <optional>
#include <string>
#include <vector>

namespace postbus::bus::tests {

using namespace std::chrono_literals;

inline constexpr auto users = "users/1";

/// What the router decided to send, with bytes of its own.
struct sent_record {
    peer_id to{};
    bus::head head;
    std::string service;
    std::string meta;
    std::string body;
    const void* body_at = nullptr;
};

inline service_description describe(const std::string& name, const std::string& database = "db-1") {
    return {.name = name,
            .version = 1,
            .database_id = database,
            .operations = {{.name = name + ".list",
                            .method = "GET",
                            .path = '/' + name,
                            .summary = {},
                            .safe = true,
                            .request_schema = {},
                            .reply_schema = {},
                            .fields = {},
                            .terminal_states = {}}}};
}

inline ready make_ready(const std::string& instance, const std::string& service = "users") {
    return {.description = describe(service),
            .instance = instance,
            .pid = 100,
            .credits = 4,
            .slow_credits = 2,
            .held = {},
            .broker_incarnation = 0,
            .watermark = {},
            .database_unix_ms = 0};
}

/// A router, a clock that stands still until told, and everything it sent since last asked.
class router_room : public router_actions {
public:
    explicit router_room(router_options options = {})
        : options_{options}, router_{options, 0xB0B0'0000'0001U, 42, now, 1'700'000'000'000} {}

    void send(peer_id to, const record& r) override {
        sent_.push_back({to, r.head, std::string{r.head.service}, std::string{r.meta},
                         std::string{r.body}, r.body.data()});
    }

    /// Past the age below which a broker gives no verdict on what is not there.
    void settle() {
        wait(options_.settle);
        taken();
    }
    void wait(std::chrono::milliseconds time) {
        const auto end = now + time;
        while (now < end) {
            now += std::min<time_point::duration>(router::tick_interval, end - now);
            router_.tick(now, *this);
        }
    }
    /// The same, with everyone named answering each ping.
    void wait_answering(std::chrono::milliseconds time, const std::vector<peer_id>& workers) {
        for (const auto end = now + time; now < end;) {
            wait(router::tick_interval);
            for (const auto who : workers)
                receive(who, {.kind = kind::heartbeat, .service = users});
        }
    }
    void receive(peer_id from, const head& h, std::string_view meta = {},
                 std::string_view body = {}) {
        router_.receive(from, {.head = h, .meta = meta, .body = body, .detached = {}}, now, *this);
    }
    void say_ready(peer_id from, const ready& said) {
        receive(from, {.kind = kind::ready}, schemas::encode(said));
    }
    /// A worker joins; its welcome is taken off the list.
    void join(peer_id from, const ready& said) {
        say_ready(from, said);
        std::erase_if(sent_, [&](const sent_record& r) {
            return r.to == from && r.head.kind == kind::heartbeat;
        });
    }
    void request(peer_id from, std::uint64_t number, std::uint8_t flags = 0,
                 std::chrono::milliseconds limit = 5000ms, std::string_view service = users,
                 std::string_view body = "body") {
        receive(from,
                {.kind = kind::request,
                 .flags = flags,
                 .time_left_ms = static_cast<std::uint32_t>(limit.count()),
                 .slot = 1000 + number,
                 .id = {1, number},
                 .service = service},
                "meta", body);
    }
    void reply(peer_id from, const sent_record& request, std::string_view body = "done") {
        receive(from, {.kind = kind::reply, .slot = request.head.slot, .id = request.head.id},
                "reply-meta", body);
    }
    void refuse(peer_id from, const sent_record& request, errc error, outcome known) {
        receive(from, {.kind = kind::reply,
                       .error = error,
                       .outcome = known,
                       .slot = request.head.slot,
                       .id = request.head.id});
    }
    bool same_key(peer_id, peer_id) override { return one_key; }
    void lost(peer_id who) { router_.lost(who, now, *this); }

    /// Everything sent since the last time, pings left out.
    std::vector<sent_record> taken() {
        std::vector<sent_record> out;
        for (auto& r : sent_)
            if (r.head.kind != kind::heartbeat) out.push_back(std::move(r));
        sent_.clear();
        return out;
    }
    std::vector<sent_record> taken_with_pings() {
        auto out = std::move(sent_);
        sent_.clear();
        return out;
    }

    bus::router& router() { return router_; }

    time_point now{std::chrono::hours{1000}};
    bool one_key = true;

private:
    router_options options_;
    bus::router router_;
    std::vector<sent_record> sent_;
};

} // namespace postbus::bus::tests
