#include "tests/integration/load.hpp"

#include <doctest/doctest.h>

#include <csignal>

namespace postbus::tests {

TEST_SUITE_BEGIN("torment");

TEST_CASE("a gateway killed under load is restarted; what it acknowledged is there, once") {
    shop s{either_engine()};
    auto& up = s.start_up({"--scale", "orders=2"});
    order_load load{s.http_port(), 8};
    for (int round = 0; round < 5; ++round) {
        REQUIRE(load.wait_for_more(100));
        const auto gateways = descendants(up.pid(), "postbus-gateway");
        REQUIRE_EQ(gateways.size(), 1);
        ::kill(gateways.front(), SIGKILL);
    }
    REQUIRE(load.wait_for_more(100));
    check_orders(s, load.stop());
    CHECK_EQ(up.stop(), 0);
}

TEST_CASE("a gateway that was frozen goes on, and loses and doubles nothing") {
    shop s;
    s.start();
    order_load load{s.http_port(), 8};
    REQUIRE(load.wait_for_more(100));
    s.gateway().send(SIGSTOP);
    std::this_thread::sleep_for(4000ms); // the length of the freeze is the point here
    s.gateway().send(SIGCONT);
    REQUIRE(load.wait_for_more(300));
    const auto done = load.stop();
    check_orders(s, done);
    check_all_accepted(done);
}

TEST_SUITE_END();

} // namespace postbus::tests
