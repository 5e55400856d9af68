#include "bus/endpoint.hpp"

#include <doctest/doctest.h>

using postbus::bus::endpoint;
using postbus::bus::parse_endpoint;

TEST_CASE("an endpoint's events are at the port after its requests") {
    std::string why;
    const auto at = parse_endpoint("tcp://bus.example:5550", why);
    REQUIRE(at);
    CHECK(at->host == "bus.example");
    CHECK(at->requests() == "tcp://bus.example:5550");
    CHECK(at->events() == "tcp://bus.example:5551");
}

TEST_CASE("the default endpoint is the default bus") {
    CHECK(endpoint{}.requests() == postbus::bus::default_bus);
}

TEST_CASE("an IPv6 address stands in brackets in the text only") {
    std::string why;
    const auto at = parse_endpoint("tcp://[::1]:1", why);
    REQUIRE(at);
    CHECK(at->host == "::1");
    CHECK(at->requests() == "tcp://[::1]:1");
    CHECK(at->events() == "tcp://[::1]:2");
}

TEST_CASE("loopback is 127.0.0.0/8, ::1 and localhost") {
    for (const auto* host : {"127.0.0.1", "127.255.0.9", "::1", "localhost"})
        CHECK(endpoint{host, 1}.loopback());
    for (const auto* host : {"0.0.0.0", "128.0.0.1", "::", "127.example", "localhost.example"})
        CHECK_FALSE(endpoint{host, 1}.loopback());
}

TEST_CASE("a text that is no endpoint is refused, quoting it and saying what would be right") {
    for (const auto* text : {"",
                             "tcp://",
                             "127.0.0.1:5550",
                             "http://a:1",
                             "tcp://a",
                             "tcp://a:",
                             "tcp://a:0",
                             "tcp://a:65535",
                             "tcp://a:99999999999",
                             "tcp://a:1x",
                             "tcp://a:-1",
                             "tcp://a:+1",
                             "tcp://:1",
                             "tcp://*:1",
                             "tcp://a b:1",
                             "tcp://::1:5550",
                             "tcp://[::1:5550",
                             "tcp://[zz]:5550",
                             "tcp://[127.0.0.1]:5550",
                             "tcp://a/b:1"}) {
        std::string why;
        CAPTURE(text);
        CHECK_FALSE(parse_endpoint(text, why));
        CHECK(why.starts_with('\'' + std::string{text} + '\''));
    }
    std::string why;
    CHECK(parse_endpoint("tcp://a:65534", why));
}
