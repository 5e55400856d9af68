#include "gateway/resource_wait.hpp"

#include "tests/unit/gateway/exchange_scene.hpp"

#include <doctest/doctest.h>

namespace postbus::gateway {

namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

const std::vector<std::string> ends{"confirmed", "rejected"};
constexpr auto place = "POST /orders HTTP/1.1\r\nHost: x\r\n";
const std::vector<bus::field> made{{"location", "/orders/a%20b"}};
constexpr auto still_pending = R"({"status":"pending"})";
constexpr auto now_confirmed = R"({"status":"confirmed"})";

/// A client that has placed an order and wants to wait, and a gateway that knows of orders.
struct wait_scene : exchange_scene {
    explicit wait_scene(const limits& limit = {}) : exchange_scene{limit} {
        auto create = make_operation("orders.create", "POST", "/orders");
        create.terminal_states = ends;
        const std::vector services{
            make_service("orders", {create, make_operation("orders.get", "GET", "/orders/{id}"),
                                    make_operation("orders.touch", "POST", "/touches")})};
        std::vector<std::string> refused;
        shard.routes = std::make_shared<route_table>(services, refused);
    }

    /// Up to the service's reply.
    void place_order(std::string_view prefer = "wait=5", std::string_view body = still_pending) {
        receive(place + "Prefer: "s + std::string{prefer} + "\r\n\r\n");
        REQUIRE_EQ(calls.size(), 1);
        reply(201, body, made);
    }
    bool applied() const { return said("\r\npreference-applied: wait=5\r\n"); }
};

} // namespace

TEST_CASE("a resource is at its end when its status is one of the announced") {
    CHECK(is_terminal(R"({"id":1,"status":"confirmed"})", ends));
    for (const auto* no : {R"({"status":"pending"})", R"({"status":1})", R"({"status":null})", "{}",
                           R"(["confirmed"])", R"("confirmed")", "", "{",
                           R"({"a":{"status":"confirmed"}})", R"({"status":"Confirmed"})"})
        CHECK_MESSAGE(!is_terminal(no, ends), no);
    CHECK_FALSE(is_terminal(now_confirmed, {}));
}

TEST_CASE("an answer is held back until what it made is at its end") {
    wait_scene scene;
    scene.place_order();
    CHECK_EQ(scene.sent, "");
    CHECK(scene.one.phase() == exchange::phase::waiting);
    scene.one.wake("users");
    CHECK_EQ(scene.calls.size(), 1);
    scene.one.wake("orders");
    REQUIRE_EQ(scene.calls.size(), 2);
    CHECK_EQ(scene.calls[1].meta.operation, "orders.get");
    CHECK(scene.calls[1].meta.path == std::vector<bus::field>{{"id", "a b"}});
    CHECK_FALSE(scene.calls[1].write);
    scene.reply(200, still_pending);
    CHECK_EQ(scene.sent, "");
    scene.one.wake("orders");
    scene.reply(200, now_confirmed, {{"etag", "\"2\""}});
    CHECK_EQ(scene.sent, "HTTP/1.1 201 Created\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                         "location: /orders/a%20b\r\netag: \"2\"\r\npreference-applied: wait=5\r\n"
                         "Content-Type: application/json\r\nContent-Length: 22\r\n\r\n" +
                             std::string{now_confirmed});
    CHECK(scene.one.phase() == exchange::phase::idle);
    CHECK(scene.shard.waiting.empty());
}

TEST_CASE("a wake-up during a read makes another read, and a lost one is made up for by a tick") {
    wait_scene scene;
    scene.place_order();
    scene.one.wake("orders");
    scene.one.wake("orders");
    scene.one.wake("orders");
    CHECK_EQ(scene.calls.size(), 2);
    scene.reply(200, still_pending);
    CHECK_EQ(scene.calls.size(), 3);
    scene.reply(200, still_pending);
    CHECK_EQ(scene.calls.size(), 3);
    scene.pass(250ms);
    CHECK_EQ(scene.calls.size(), 4);
    scene.reply(200, now_confirmed);
    CHECK(scene.applied());
}

TEST_CASE("after the time that the client gave it gets what was read last") {
    wait_scene scene;
    scene.place_order();
    scene.one.wake("orders");
    scene.reply(200, R"({"status":"paid"})");
    scene.one.wake("orders"); // this read is never answered
    scene.pass(4999ms);
    CHECK_EQ(scene.sent, "");
    scene.pass(1ms);
    CHECK_EQ(scene.status(), 201);
    CHECK(scene.applied());
    CHECK(scene.sent.ends_with(R"({"status":"paid"})"));
    CHECK_EQ(scene.cancelled, 1);
    CHECK(scene.shard.waiting.empty());
}

TEST_CASE("a read that fails changes nothing") {
    wait_scene scene;
    scene.place_order();
    scene.one.wake("orders");
    scene.reply(404, now_confirmed);
    scene.one.wake("orders");
    scene.one.reply({bus::errc::no_worker, bus::outcome::not_executed, {}, {}});
    CHECK_EQ(scene.sent, "");
    scene.pass(5000ms);
    CHECK(scene.sent.ends_with(still_pending));
}

TEST_CASE("what is at its end at once, or cannot be waited for, is answered at once") {
    wait_scene at_end;
    at_end.place_order("wait=5", now_confirmed);
    CHECK(at_end.applied());
    CHECK_EQ(at_end.calls.size(), 1);

    const auto not_held = [](wait_scene& scene, int status) {
        CHECK_EQ(scene.status(), status);
        CHECK_FALSE(scene.said("preference-applied"));
        CHECK(scene.shard.waiting.empty());
    };
    wait_scene unwilling;
    unwilling.place_order("wait=no");
    not_held(unwilling, 201);
    wait_scene draining;
    draining.shard.draining = true;
    draining.place_order();
    not_held(draining, 201);

    for (const auto* location : {"/nowhere", "nonsense", ""}) {
        wait_scene lost;
        lost.receive(place + "Prefer: wait=5\r\n\r\n"s);
        lost.reply(201, still_pending, {{"location", location}});
        not_held(lost, 201);
    }
    wait_scene refused;
    refused.receive(place + "Prefer: wait=5\r\n\r\n"s);
    refused.reply(409, still_pending, made);
    not_held(refused, 409);
    wait_scene failed;
    failed.receive(place + "Prefer: wait=5\r\n\r\n"s);
    failed.one.reply({bus::errc::expired, bus::outcome::unknown, {}, {}});
    not_held(failed, 504);
    wait_scene elsewhere;
    elsewhere.receive("POST /touches HTTP/1.1\r\nHost: x\r\nPrefer: wait=5\r\n\r\n");
    elsewhere.reply(201, still_pending, made);
    not_held(elsewhere, 201);
}

TEST_CASE("no more answers are held back than the limit says") {
    wait_scene scene{{.waits = 1}};
    exchange other{scene.shard, scene};
    other.receive(place + "Prefer: wait=5\r\n\r\n"s);
    const auto meta = schemas::encode(bus::reply_meta{201, made});
    other.reply({bus::errc::ok, bus::outcome::executed, meta, still_pending});
    CHECK_EQ(scene.sent, "");
    CHECK(other.phase() == exchange::phase::waiting);
    scene.calls.clear();
    scene.place_order();
    CHECK_EQ(scene.status(), 201);
    CHECK_FALSE(scene.applied());
    CHECK_EQ(scene.shard.waiting.size(), 1);
}

TEST_CASE("a client that hangs up or sends no more, and a drain, end the wait") {
    wait_scene gone;
    gone.place_order();
    gone.one.wake("orders");
    gone.one.hang_up();
    CHECK_EQ(gone.cancelled, 1);
    CHECK_EQ(gone.sent, "");
    CHECK(gone.shard.waiting.empty());
    CHECK(gone.ended());

    wait_scene half;
    half.place_order();
    half.one.end_of_input();
    CHECK_EQ(half.status(), 201);
    CHECK_FALSE(half.applied());
    CHECK(half.ended());

    wait_scene drained;
    drained.place_order();
    drained.shard.draining = true;
    drained.one.drain();
    CHECK_EQ(drained.status(), 201);
    CHECK(drained.said("Connection: close"));
    CHECK_FALSE(drained.applied());
    CHECK(drained.ended());

    shard_state shard{{}};
    {
        wait_scene closed;
        exchange one{shard, closed};
        shard.routes = closed.shard.routes;
        one.receive(place + "Prefer: wait=5\r\n\r\n"s);
        const auto meta = schemas::encode(bus::reply_meta{201, made});
        one.reply({bus::errc::ok, bus::outcome::executed, meta, still_pending});
        CHECK_EQ(shard.waiting.size(), 1);
    }
    CHECK(shard.waiting.empty());
}

TEST_CASE("pipelined requests come after the answer that is held back") {
    wait_scene scene;
    scene.receive(place + "Prefer: wait=5\r\n\r\nGET /orders/1 HTTP/1.1\r\nHost: x\r\n\r\n"s);
    scene.reply(201, still_pending, made);
    CHECK_EQ(scene.calls.size(), 1);
    scene.pass(5000ms);
    CHECK(scene.applied());
    REQUIRE_EQ(scene.calls.size(), 2);
    scene.reply(200, "{}");
    CHECK(scene.sent.ends_with("\r\n\r\n{}"));
}

TEST_CASE("a body that comes later is waited for like one that came at once") {
    wait_scene scene;
    scene.receive(place + "Prefer: wait=5\r\nContent-Type: application/json\r\n"
                          "Content-Length: 2\r\n\r\n"s);
    scene.receive("{}");
    scene.reply(201, still_pending, made);
    CHECK(scene.one.phase() == exchange::phase::waiting);
}

} // namespace postbus::gateway
