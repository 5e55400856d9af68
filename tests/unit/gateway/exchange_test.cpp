#include "tests/unit/gateway/exchange_scene.hpp"

#include <doctest/doctest.h>

namespace postbus::gateway {

namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

const std::string list = "GET /users HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string create = "POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

} // namespace

TEST_CASE("a reply becomes the whole response, in one piece") {
    exchange_scene scene;
    scene.receive(list);
    REQUIRE_EQ(scene.calls.size(), 1);
    CHECK_EQ(scene.calls[0].service, "users/1");
    CHECK_FALSE(scene.calls[0].write);
    scene.reply(200, "[]");
    CHECK_EQ(scene.sent, "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                         "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]");
    CHECK(scene.one.phase() == exchange::phase::idle);
}

TEST_CASE("path, query, declared fields and trace reach the service decoded") {
    exchange_scene scene;
    scene.receive("GET /users/a%20b?x=1&y=%C3%A9+z&flag HTTP/1.1\r\nHost: x\r\nIf-Match: \"1\"\r\n"
                  "X-Secret: no\r\n"
                  "Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n");
    REQUIRE_EQ(scene.calls.size(), 1);
    const auto& meta = scene.calls[0].meta;
    CHECK(meta.path == std::vector<bus::field>{{"id", "a b"}});
    CHECK(meta.query == std::vector<bus::field>{{"x", "1"}, {"y", "\xC3\xA9 z"}, {"flag", ""}});
    CHECK(meta.fields == std::vector<bus::field>{{"if-match", "\"1\""}});
    CHECK_EQ(meta.trace, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}

TEST_CASE("pipelined requests are answered in order, one call at a time") {
    exchange_scene scene;
    scene.receive("GET /users/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
                  "GET /users/2 HTTP/1.1\r\nHost: x\r\n\r\nGET /us");
    CHECK_EQ(scene.calls.size(), 1);
    scene.reply(200, "1");
    REQUIRE_EQ(scene.calls.size(), 2);
    CHECK(scene.said("\r\n\r\n1HTTP/1.1 404"));
    scene.reply(200, "2");
    CHECK(scene.sent.ends_with("\r\n\r\n2"));
    scene.receive("ers/3 HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE_EQ(scene.calls.size(), 3);
    CHECK_EQ(scene.calls[2].meta.path[0].value, "3");
}

TEST_CASE("reading ahead is bounded") {
    exchange_scene scene;
    scene.receive(list);
    CHECK(scene.one.wants_input());
    scene.receive(std::string(20'000, 'x'));
    CHECK_FALSE(scene.one.wants_input());
}

TEST_CASE("no further request is begun while the client does not take its answers") {
    exchange_scene scene;
    scene.congested = true;
    scene.receive(list + list);
    scene.reply(200, "[]");
    CHECK_EQ(scene.calls.size(), 1);
    scene.congested = false;
    scene.one.resume();
    CHECK_EQ(scene.calls.size(), 2);
}

TEST_CASE("HEAD gets what GET would get, without the body") {
    exchange_scene scene;
    scene.receive("HEAD /users HTTP/1.1\r\nHost: x\r\n\r\n");
    scene.reply(200, "[1]");
    CHECK(scene.said("Content-Length: 3\r\n\r\n"));
    CHECK(scene.sent.ends_with("\r\n\r\n"));
}

TEST_CASE("a client that expects 100 gets it once its head is in order, or a refusal") {
    exchange_scene scene;
    scene.receive(create + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    CHECK_EQ(scene.sent, "HTTP/1.1 100 Continue\r\n\r\n");
    scene.receive("{}");
    REQUIRE_EQ(scene.calls.size(), 1);
    CHECK_EQ(scene.calls[0].body, "{}");
    CHECK(scene.calls[0].write);

    exchange_scene refused;
    refused.receive("POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                    "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    CHECK_EQ(refused.status(), 415);
    CHECK(refused.ended());

    exchange_scene other;
    other.receive(create + "Content-Length: 2\r\nExpect: wonders\r\n\r\n{}");
    CHECK_EQ(other.status(), 417);
}

TEST_CASE("a body over the limit is refused before it comes, or when its chunks say so") {
    exchange_scene declared;
    declared.receive(create + "Content-Length: 1048577\r\n\r\n");
    CHECK_EQ(declared.status(), 413);
    CHECK(declared.ended());

    exchange_scene huge;
    huge.receive(create + "Content-Length: 99999999999999999999999999\r\n\r\n");
    CHECK_EQ(huge.status(), 413);

    exchange_scene chunked;
    chunked.receive(create + "Transfer-Encoding: chunked\r\n\r\n80000\r\n" +
                    std::string(0x80000, 'x') + "\r\n");
    CHECK_EQ(chunked.status(), 0);
    chunked.receive("80001\r\n");
    CHECK_EQ(chunked.status(), 413);
    CHECK(chunked.ended());
}

TEST_CASE("a body that is no JSON by its type is refused, and skipped when it has come whole") {
    for (const auto* type :
         {"text/plain", "application/jsonx", "application/x-www-form-urlencoded"}) {
        exchange_scene scene;
        scene.receive("POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Type: "s +
                      type + "\r\n\r\n{}" + list);
        CHECK(scene.said("HTTP/1.1 415 "));
        CHECK_EQ(scene.calls.size(), 1); // the one behind it
    }
    exchange_scene missing;
    missing.receive("POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
    CHECK_EQ(missing.status(), 415);
    exchange_scene packed;
    packed.receive(create + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}");
    CHECK_EQ(packed.status(), 415);
}

TEST_CASE("a refusal of the bus says what is known of a write") {
    const struct {
        bus::errc error;
        bus::outcome known;
        int status;
        std::string_view says;
    } cases[] = {
        {bus::errc::no_worker, bus::outcome::not_executed, 503, R"("outcome":"not-executed")"},
        {bus::errc::unknown_service, bus::outcome::not_executed, 503,
         "urn:postbus:problem:no-worker"},
        {bus::errc::queue_full, bus::outcome::not_executed, 503, "Retry-After: 1"},
        {bus::errc::expired, bus::outcome::unknown, 504, R"("outcome":"unknown")"},
        {bus::errc::resends_used_up, bus::outcome::unknown, 502, R"("outcome":"unknown")"},
        {bus::errc::too_late, bus::outcome::unknown, 503, R"("outcome":"unknown")"},
        {bus::errc::storage, bus::outcome::executed, 503, R"("outcome":"unknown")"},
        {bus::errc::failed, bus::outcome::not_executed, 500, "application/problem+json"},
    };
    for (const auto& one : cases) {
        exchange_scene scene;
        scene.receive(create + "Content-Length: 2\r\n\r\n{}");
        scene.one.reply({one.error, one.known, {}, {}});
        CHECK_EQ(scene.status(), one.status);
        CHECK(scene.said(one.says));
        CHECK_FALSE(scene.ended());
    }
}

TEST_CASE("a reply that cannot be understood is a 500") {
    exchange_scene scene;
    scene.receive(list);
    scene.one.reply({bus::errc::ok, bus::outcome::executed, "x", "{}"});
    CHECK_EQ(scene.status(), 500);
}

TEST_CASE("until a settled registry has come, an unmatched path is not said to be nowhere") {
    exchange_scene scene;
    scene.shard.settled = false;
    scene.receive("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_EQ(scene.status(), 503);
    CHECK(scene.said("Retry-After: 1"));
    CHECK(scene.said(R"("outcome":"not-executed")"));
    scene.receive("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_EQ(scene.status(), 503);
    scene.shard.settled = true;
    scene.receive("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_EQ(scene.status(), 404);
    scene.receive("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_EQ(scene.status(), 200);
}

TEST_CASE("a method that the path does not have is answered with those it has") {
    exchange_scene scene;
    scene.receive("PUT /users HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_EQ(scene.status(), 405);
    CHECK(scene.said("Allow: GET, HEAD, POST, OPTIONS\r\n"));
    scene.receive("OPTIONS /users/1 HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_EQ(scene.status(), 204);
    CHECK(scene.said("Allow: GET, HEAD, DELETE, OPTIONS\r\n"));
    scene.receive("BREW /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_EQ(scene.status(), 501);
}

TEST_CASE("a client that hangs up takes its call back") {
    exchange_scene scene;
    scene.receive(list);
    scene.one.hang_up();
    CHECK_EQ(scene.cancelled, 1);
    CHECK(scene.one.phase() == exchange::phase::closed);
}

TEST_CASE("a client that only sends no more gets a prompt answer, and no late one") {
    exchange_scene prompt;
    prompt.receive(list);
    prompt.one.end_of_input();
    prompt.pass(100ms);
    prompt.reply(200, "[]");
    CHECK(prompt.said("Connection: close"));
    CHECK(prompt.one.phase() == exchange::phase::closed);

    exchange_scene late;
    late.receive(list);
    late.one.end_of_input();
    late.pass(501ms);
    CHECK_EQ(late.cancelled, 1);

    exchange_scene pipelined;
    pipelined.receive(list + list);
    pipelined.one.end_of_input();
    pipelined.reply(200, "[]");
    CHECK_EQ(pipelined.calls.size(), 2);
    CHECK_FALSE(pipelined.said("Connection: close"));
    pipelined.reply(200, "[]");
    CHECK(pipelined.one.phase() == exchange::phase::closed);
}

TEST_CASE("time runs out for heads and bodies with 408, for idle connections without a word") {
    exchange_scene head;
    head.receive("GET /us");
    head.pass(6s);
    head.receive("ers");
    head.pass(5s);
    CHECK_EQ(head.status(), 408);
    CHECK(head.ended());

    exchange_scene body;
    body.receive(create + "Content-Length: 5\r\n\r\n");
    body.pass(29s);
    body.receive("[");
    body.pass(29s);
    CHECK_EQ(body.status(), 0);
    body.pass(2s);
    CHECK_EQ(body.status(), 408);

    exchange_scene idle;
    idle.pass(59s);
    CHECK(idle.one.phase() == exchange::phase::idle);
    idle.pass(2s);
    CHECK(idle.one.phase() == exchange::phase::closed);
    CHECK(idle.sent.empty());

    exchange_scene calling;
    calling.receive(list);
    calling.pass(3600s);
    CHECK(calling.one.phase() == exchange::phase::calling);
}

TEST_CASE("a drain lets the next request be the last, and closes connections that have none") {
    exchange_scene idle;
    idle.shard.draining = true;
    idle.one.drain();
    idle.pass(400ms);
    idle.one.drain();
    CHECK(idle.one.phase() == exchange::phase::idle);
    idle.pass(100ms);
    CHECK(idle.one.phase() == exchange::phase::closed);

    exchange_scene steady;
    steady.shard.draining = true;
    steady.one.drain();
    steady.pass(400ms);
    steady.receive(list);
    steady.reply(200, "[]");
    CHECK(steady.said("Connection: close"));
    CHECK(steady.ended());

    exchange_scene open;
    open.receive(list);
    open.shard.draining = true;
    open.one.drain();
    CHECK(open.one.phase() == exchange::phase::calling);
    open.reply(200, "[]");
    CHECK(open.said("Connection: close"));
    CHECK(open.ended());

    exchange_scene late;
    late.receive(list);
    late.one.abandon();
    CHECK_EQ(late.cancelled, 1);
    CHECK_EQ(late.status(), 503);
    CHECK(late.said(R"("outcome":"unknown")"));
}

TEST_CASE("a connection ends when its client says so, and HTTP/1.0 goes on only when asked") {
    exchange_scene close;
    close.receive("GET /users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + list);
    close.reply(200, "[]");
    CHECK(close.said("Connection: close"));
    CHECK(close.one.phase() == exchange::phase::closing);
    CHECK_EQ(close.calls.size(), 1);

    exchange_scene old;
    old.receive("GET /users HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    old.reply(200, "[]");
    CHECK(old.said("Connection: keep-alive"));
    CHECK_FALSE(old.ended());
}

} // namespace postbus::gateway
