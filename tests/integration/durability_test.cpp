#include "tests/integration/load.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

TEST_SUITE_BEGIN("torment");

TEST_CASE("everything is killed under write load: no acknowledged write is missing or doubled") {
    shop s{either_engine()};
    std::vector<written_order> all;
    for (int round = 0; round < 3; ++round) {
        s.start();
        s.start_worker("orders");
        order_load load{s.http_port(), 8};
        REQUIRE(load.wait_for_more(200 + 150 * static_cast<std::size_t>(round)));
        s.kill_everything();
        const auto done = load.stop();
        all.insert(all.end(), done.begin(), done.end());
        s.check_sound("orders");
        s.check_sound("users");
    }
    s.start();
    check_orders(s, all);
}

TEST_CASE(
    "the only worker is killed again and again under load and started again: nothing is lost") {
    shop s{either_engine()};
    s.start();
    order_load load{s.http_port(), 8};
    for (int round = 0; round < 5; ++round) {
        REQUIRE(load.wait_for_more(100));
        s.worker("orders").kill();
        s.start_worker("orders");
    }
    REQUIRE(load.wait_for_more(100));
    const auto done = load.stop();
    check_orders(s, done);
    // A restart takes less than the grace: nobody was refused either.
    check_all_accepted(done);
    CHECK(s.stop_everything());
    s.check_sound("orders");
}

TEST_SUITE_END();

} // namespace postbus::tests
