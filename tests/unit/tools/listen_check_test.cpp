#include "tools/listen_check.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

using postbus::tools::host_and_port;
using postbus::tools::parse_host_and_port;
using postbus::tools::why_not_listen;

namespace {

/// Listens at some free port of 127.0.0.1.
struct listener {
    listener() {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof where;
        auto* const address = reinterpret_cast<sockaddr*>(&where);
        REQUIRE(bind(descriptor, address, size) == 0);
        REQUIRE(listen(descriptor, 1) == 0);
        REQUIRE(getsockname(descriptor, address, &size) == 0);
        port = ntohs(where.sin_port);
    }
    ~listener() { close(descriptor); }
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    std::uint16_t port = 0;
};

} // namespace

TEST_CASE("HOST:PORT is read, with brackets around IPv6") {
    CHECK(parse_host_and_port("127.0.0.1:3000") == host_and_port{"127.0.0.1", 3000});
    CHECK(parse_host_and_port("[::1]:65535") == host_and_port{"::1", 65535});
    CHECK(host_and_port{"::1", 80}.text() == "[::1]:80");
    CHECK(host_and_port{"localhost", 80}.text() == "localhost:80");
    for (const auto* text : {"", "3000", ":3000", "a:", "a:0", "a:65536", "a:1x", "::1:80", "[]:1"})
        CHECK_MESSAGE(parse_host_and_port(text) == std::nullopt, text);
}

TEST_CASE("what listens everywhere is reached by loopback") {
    CHECK(host_and_port{"0.0.0.0", 1}.from_here() == host_and_port{"127.0.0.1", 1});
    CHECK(host_and_port{"::", 1}.from_here() == host_and_port{"::1", 1});
    CHECK(host_and_port{"10.0.0.1", 1}.from_here() == host_and_port{"10.0.0.1", 1});
}

TEST_CASE("an address in use is found out before anything starts") {
    std::uint16_t port = 0;
    {
        const listener taken;
        port = taken.port;
        CHECK(why_not_listen({"127.0.0.1", port}) == "Address already in use");
    }
    CHECK(why_not_listen({"127.0.0.1", port}) == "");
    CHECK(why_not_listen({"192.0.2.1", port}) != "");
}
