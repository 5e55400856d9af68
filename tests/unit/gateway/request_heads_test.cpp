#include "tests/unit/gateway/exchange_scene.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

/// Requests through the whole path that a real one takes, whole and split at every position.

namespace postbus::gateway {

namespace {

using namespace std::string_view_literals;

// Each is refused with 400 and the connection closed, and calls nobody.
constexpr auto malformed = std::to_array({
    // Line endings
    "GET /users HTTP/1.1\nHost: x\n\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\n\r\n"sv,
    "GET /users HTTP/1.1\nHost: x\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\n\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\rX: y\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\r\nHost: x\r\n\r\n"sv,
    "GET /us\rers HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "\r\n\r\nGET /users HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "\nGET /users HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    // The request line
    " GET /users HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET  /users HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /users  HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /users HTTP/1.1 \r\nHost: x\r\n\r\n"sv,
    "GET\t/users HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /users\r\nHost: x\r\n\r\n"sv,
    "GET\r\nHost: x\r\n\r\n"sv,
    "GET /users HTTP/1\r\nHost: x\r\n\r\n"sv,
    "GET /users HTTP/1.1.1\r\nHost: x\r\n\r\n"sv,
    "GET /users HTTP/11\r\nHost: x\r\n\r\n"sv,
    "GET /users http/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /users HTTP 1.1\r\nHost: x\r\n\r\n"sv,
    "GET /users XTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /users HTTP/a.b\r\nHost: x\r\n\r\n"sv,
    "G(ET /users HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "G\0ET /users HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "\xC3\xA9 /users HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GETGETGETGETGETGETGETGETGETGETGETG /users HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    // Targets
    "GET users HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET ?a=1 HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET * HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /users#top HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /us ers HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /us\"ers HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /us<ers> HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /us\\ers HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /users/% HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /users/%4 HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /users/%zz HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /users?a=%g1 HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /\xC3\xA9 HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /us\x01"
    "ers HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET /us\x7F"
    "ers HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET http:///users HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET http://:80/users HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET http://me@x/users HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET ftp://x/users HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"sv,
    // Host
    "GET /users HTTP/1.1\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n"sv,
    "GET /users HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x y\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x, y\r\nHost: z\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x/y\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: me@x\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x:port\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x:123456\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: [::1\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: [::g]\r\n\r\n"sv,
    // Fields
    "GET /users HTTP/1.1\r\nHost : x\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\nX Y: z\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\nX\t: z\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\n: z\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\nX\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\n X: folded\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\nX: a\r\n\tb\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\n Host: x\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\nX: a\x08"
    "b\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\nX: a\x7F\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\nX\xC3\xA9: a\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\n(X): a\r\n\r\n"sv,
    "GET /users HTTP/1.1\r\nHost: x\r\nConnection: close close\r\n\r\n"sv,
    // Content-Length
    "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 2, 2\r\n\r\n{}"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\n{}"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\n{}"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 0x2\r\n\r\n{}"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 2 2\r\n\r\n{}"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 2.0\r\n\r\n{}"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\n{}"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: two\r\n\r\n{}"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length : 2\r\n\r\n{}"sv,
    // Transfer-Encoding
    "POST /users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n\r\n"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0B"
    "chunked\r\n\r\n0\r\n\r\n"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"sv,
    "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv,
    "POST /users HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv,
});

constexpr auto chunked_head =
    "POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\n"sv;

constexpr auto malformed_chunks = std::to_array({
    "2\n{}\r\n0\r\n\r\n"sv,
    "2\r\n{}\n0\r\n\r\n"sv,
    "2\r\n{}\r\n0\n\r\n"sv,
    "2\r\n{}\r\n0\r\n\n"sv,
    "2\r\n{}0\r\n\r\n"sv,
    "2\r\n{}}\r\n0\r\n\r\n"sv,
    "\r\n2\r\n{}\r\n0\r\n\r\n"sv,
    " 2\r\n{}\r\n0\r\n\r\n"sv,
    "2 \r\n{}\r\n0\r\n\r\n"sv,
    "+2\r\n{}\r\n0\r\n\r\n"sv,
    "-2\r\n{}\r\n0\r\n\r\n"sv,
    "0x2\r\n{}\r\n0\r\n\r\n"sv,
    "g\r\n{}\r\n0\r\n\r\n"sv,
    ";a\r\n{}\r\n0\r\n\r\n"sv,
    "2;\r\n{}\r\n0\r\n\r\n"sv,
    "2;a=\"\n\"\r\n{}\r\n0\r\n\r\n"sv,
    "2;a=\"\r\"\r\n{}\r\n0\r\n\r\n"sv,
    "2;a=\0\r\n{}\r\n0\r\n\r\n"sv,
    "2;a=\"b\r\n{}\r\n0\r\n\r\n"sv, // the string would end in the data behind
    "2;a=\"b\\\"\r\n{}\r\n0\r\n\r\n"sv,
    "2;a=\"b\"c\r\n{}\r\n0\r\n\r\n"sv,
    "2;a=\r\n{}\r\n0\r\n\r\n"sv,
    "2,a\r\n{}\r\n0\r\n\r\n"sv,
    "10000000000000000\r\n{}\r\n0\r\n\r\n"sv,
    "2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n"sv,
    "2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"sv,
    "2\r\n{}\r\n0\r\nHost: y\r\n\r\n"sv,
    "2\r\n{}\r\n0\r\nconnection: close\r\n\r\n"sv,
    "2\r\n{}\r\n0\r\nAuthorization: me\r\n\r\n"sv,
    "2\r\n{}\r\n0\r\nX : y\r\n\r\n"sv,
    "2\r\n{}\r\n0\r\nX: y\r\n z\r\n\r\n"sv,
    "2\r\n{}\r\n0\r\nX: \x01\r\n\r\n"sv,
    "2\r\n{}\r\n0\r\nX\r\n\r\n"sv,
});

struct valid_request {
    std::string_view bytes;
    std::string_view operation; // empty: answered by the gateway
    int status = 200;
    std::string_view body = {};
};

// Odd, but every server has to take them.
const auto odd = std::to_array<valid_request>({
    {"GET /users HTTP/1.1\r\nHost: x\r\n\r\n", "users.list"},
    {"\r\nGET /users HTTP/1.1\r\nHost: x\r\n\r\n", "users.list"},
    {"GET /users HTTP/1.0\r\n\r\n", "users.list"},
    {"GET /users HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n", "users.list"},
    {"GET /users HTTP/1.1\r\nHost:\r\n\r\n", "users.list"},
    {"GET /users HTTP/1.1\r\nHost: \t x \t\r\n\r\n", "users.list"},
    {"GET /users HTTP/1.1\r\nhOsT:x\r\n\r\n", "users.list"},
    {"GET /users HTTP/1.1\r\nHost: x:\r\n\r\n", "users.list"},
    {"GET /users HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\n", "users.list"},
    {"GET /users HTTP/1.1\r\nHost: [::1]:3000\r\n\r\n", "users.list"},
    {"GET /users HTTP/1.1\r\nHost: ex%41mple.org\r\n\r\n", "users.list"},
    {"GET http://x/users HTTP/1.1\r\nHost: x\r\n\r\n", "users.list"},
    {"GET HTTP://x:80/users?limit=1 HTTP/1.1\r\nHost: y\r\n\r\n", "users.list"},
    {"GET https://[::1]/users HTTP/1.1\r\nHost: x\r\n\r\n", "users.list"},
    {"GET http://x HTTP/1.1\r\nHost: x\r\n\r\n", "", 404},
    {"GET /users? HTTP/1.1\r\nHost: x\r\n\r\n", "users.list"},
    {"GET /users?a=b?c/d HTTP/1.1\r\nHost: x\r\n\r\n", "users.list"},
    {"GET /users?&&a=1& HTTP/1.1\r\nHost: x\r\n\r\n", "users.list"},
    {"GET /%75sers HTTP/1.1\r\nHost: x\r\n\r\n", "users.list"},
    {"GET /users/a%2Fb HTTP/1.1\r\nHost: x\r\n\r\n", "users.get"},
    {"GET /users/;v=1,2:@!$&'()*+= HTTP/1.1\r\nHost: x\r\n\r\n", "users.get"},
    {"GET //users HTTP/1.1\r\nHost: x\r\n\r\n", "", 404},
    {"GET /users/../users HTTP/1.1\r\nHost: x\r\n\r\n", "", 404},
    {"HEAD /users HTTP/1.1\r\nHost: x\r\n\r\n", "users.list"},
    {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "", 204},
    {"OPTIONS /users HTTP/1.1\r\nHost: x\r\n\r\n", "", 204},
    {"get /users HTTP/1.1\r\nHost: x\r\n\r\n", "", 405},
    {"M-SEARCH /users HTTP/1.1\r\nHost: x\r\n\r\n", "", 405},
    {"GET /users HTTP/1.1\r\nHost: x\r\nX:\r\n\r\n", "users.list"},
    {"GET /users HTTP/1.1\r\nHost: x\r\nX: \xC3\xA9\xFF\r\n\r\n", "users.list"},
    {"GET /users HTTP/1.1\r\nHost: x\r\nX: a:b:c\r\n\r\n", "users.list"},
    {"GET /users HTTP/1.1\r\nHost: x\r\n!#$%&'*+-.^_`|~09: y\r\n\r\n", "users.list"},
    {"GET /users HTTP/1.1\r\nHost: x\r\nX: 1\r\nX: 2\r\n\r\n", "users.list"},
    {"GET /users HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: "
     "h2c\r\n\r\n",
     "users.list"},
    {"GET /users HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "users.list"},
    {"POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "users.create"},
    {"POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
     "0000000002\r\n\r\n{}",
     "users.create", 200, "{}"},
    {"POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: Application/JSON;charset=utf-8\r\n"
     "Content-Length: 2\r\n\r\n{}",
     "users.create", 200, "{}"},
    {"POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: "
     "Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
     "users.create", 200, "{}"},
    {"POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: "
     "chunked\r\n\r\n002;a;b=\"c;d\" ; e=f\r\n[1\r\n00A\r\n,2,3,4,5,6\r\n1\r\n]\r\n000;x\r\nX-T: "
     "y\r\nEmpty:\r\n\r\n",
     "users.create", 200, "[1,2,3,4,5,6]"},
    {"POST /users HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Type: "
     "application/json\r\nContent-Length: 2\r\n\r\n{}",
     "users.create", 200, "{}"},
    {"DELETE /users/1 HTTP/1.1\r\nHost: x\r\n\r\n", "users.delete"},
});

void check_refused(std::string_view bytes, int status) {
    for (std::size_t split = 0; split <= bytes.size(); ++split) {
        exchange_scene scene;
        scene.answers_at_once = true;
        scene.receive(bytes.substr(0, split));
        scene.receive(bytes.substr(split));
        CAPTURE(bytes);
        CAPTURE(split);
        REQUIRE_EQ(scene.status(), status);
        REQUIRE(scene.ended());
        REQUIRE(scene.said("Connection: close"));
        REQUIRE(scene.calls.empty());
    }
}

} // namespace

TEST_CASE("a malformed head is refused and the connection closed, wherever it is split") {
    static_assert(malformed.size() >= 60);
    for (const auto bytes : malformed) check_refused(bytes, 400);
}

TEST_CASE("malformed chunks are refused and the connection closed, wherever they are split") {
    for (const auto chunks : malformed_chunks)
        check_refused(std::string{chunked_head} + std::string{chunks}, 400);
}

TEST_CASE("odd but valid requests are served, wherever they are split") {
    static_assert(odd.size() >= 30);
    for (const auto& request : odd) {
        // A second request behind it shows that the first was delimited as it should be.
        const auto bytes =
            std::string{request.bytes} + "DELETE /users/next HTTP/1.1\r\nHost: x\r\n\r\n";
        const bool last = request.bytes.find("HTTP/1.0\r\n\r\n") != std::string_view::npos;
        for (std::size_t split = 0; split <= bytes.size(); ++split) {
            exchange_scene scene;
            scene.answers_at_once = true;
            scene.receive(std::string_view{bytes}.substr(0, split));
            scene.receive(std::string_view{bytes}.substr(split));
            CAPTURE(request.bytes);
            CAPTURE(split);
            REQUIRE(scene.said("HTTP/1.1 " + std::to_string(request.status)));
            const std::size_t first = request.operation.empty() ? 0 : 1;
            REQUIRE_EQ(scene.calls.size(), first + (last ? 0 : 1));
            if (first != 0) {
                REQUIRE_EQ(scene.calls.front().meta.operation, request.operation);
                REQUIRE_EQ(scene.calls.front().body, request.body);
            }
            REQUIRE_EQ(scene.ended(), last);
        }
    }
}

TEST_CASE("a head over its limits is refused with the status that says which") {
    const std::string line = "GET /users HTTP/1.1\r\nHost: x\r\n";
    std::string many = line;
    for (int i = 0; i < 100; ++i) many += "X: y\r\n";
    const struct {
        std::string bytes;
        int status;
    } cases[] = {
        {line + "X: " + std::string(17'000, 'x') + "\r\n\r\n", 431},
        {line + "X: " + std::string(17'000, 'x'), 431},
        {many + "\r\n", 431},
        {"GET /" + std::string(9'000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
        {"GET /" + std::string(9'000, 'x'), 414},
        {"GET /users HTTP/2.0\r\nHost: x\r\n\r\n", 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"\x16\x03\x01", 400},
    };
    for (const auto& one : cases) {
        exchange_scene scene;
        scene.receive(one.bytes);
        CHECK_EQ(scene.status(), one.status);
        CHECK(scene.ended());
    }
}

TEST_CASE("a head just within its limits is served") {
    exchange_scene scene;
    std::string head = "GET /users?" + std::string(8 * 1024 - 7, 'x') + " HTTP/1.1\r\nHost: x\r\n";
    for (int i = 0; i < 99; ++i) head += "X: y\r\n";
    head += "\r\n";
    head.insert(head.find("X: y") + 3, 16 * 1024 - head.size(), 'z');
    REQUIRE_EQ(head.size(), 16 * 1024);
    scene.receive(head);
    CHECK_EQ(scene.calls.size(), 1);
}

} // namespace postbus::gateway
