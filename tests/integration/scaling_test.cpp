#include "tests/integration/load.hpp"

#include <doctest/doctest.h>

#include <csignal>

namespace postbus::tests {

TEST_CASE("two more order workers, started by hand, are seen within a second") {
    shop s;
    s.start();
    CHECK_EQ(s.workers("orders").size(), 1);
    s.start_worker("orders");
    s.start_worker("orders");
    CHECK(eventually(1000ms, [&] { return s.workers("orders").size() == 3; }));
    for (const auto& worker : s.workers("orders")) {
        CHECK_GT(worker.at("pid").as_int64(), 0);
        CHECK_GT(worker.at("credits").as_int64(), 0);
        CHECK_EQ(worker.at("in_flight").as_int64(), 0);
        CHECK_FALSE(worker.at("id").as_string().empty());
    }
}

TEST_CASE("under load one worker is killed and another is told to stop: every answer is 201") {
    shop s{either_engine()};
    s.start();
    auto& killed = s.start_worker("orders");
    auto& stopped = s.start_worker("orders");
    REQUIRE(eventually(5000ms, [&] { return s.workers("orders").size() == 3; }));

    order_load load{s.http_port(), 8};
    REQUIRE(load.wait_for_more(300));
    killed.send(SIGKILL);
    REQUIRE(load.wait_for_more(300));
    stopped.send(SIGTERM);
    CHECK(stopped.wait(10'000ms) == 0);
    REQUIRE(load.wait_for_more(300));
    const auto done = load.stop();

    check_all_accepted(done);
    check_orders(s, done);
    CHECK_EQ(s.workers("orders").size(), 1);
}

TEST_CASE("workers replaced one after the other under load fail no request") {
    shop s;
    s.start();
    s.start_worker("orders");
    REQUIRE(eventually(5000ms, [&] { return s.workers("orders").size() == 2; }));
    order_load load{s.http_port(), 8};
    std::vector<process*> old{&s.worker("orders")};
    for (int round = 0; round < 4; ++round) {
        auto& fresh = s.start_worker("orders");
        REQUIRE(eventually(5000ms, [&] { return s.workers("orders").size() == 3; }));
        REQUIRE(load.wait_for_more(50));
        CHECK(old.back()->stop() == 0);
        old.push_back(&fresh);
    }
    const auto done = load.stop();
    check_all_accepted(done);
    check_orders(s, done);
}

} // namespace postbus::tests
