#include "gateway/options.hpp"

#include <doctest/doctest.h>

namespace postbus::gateway {

TEST_CASE("an HTTP address is a host and a port") {
    const auto plain = parse_http_address("127.0.0.1:3000");
    REQUIRE(plain);
    CHECK_EQ(plain->host, "127.0.0.1");
    CHECK_EQ(plain->port, 3000);
    CHECK_EQ(parse_http_address("[::1]:0")->host, "::1");
    CHECK_EQ(parse_http_address("localhost:65535")->port, 65535);
    for (const auto* text : {"", ":", ":3000", "3000", "localhost", "localhost:", "localhost:http",
                             "localhost:65536", "localhost:-1", "::1:3000", "[]:3000", "x:1 "})
        CHECK_FALSE(parse_http_address(text));
}

} // namespace postbus::gateway
