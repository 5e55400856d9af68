#include "tests/integration/load.hpp"

#include <doctest/doctest.h>

#include <csignal>

namespace postbus::tests {

TEST_SUITE_BEGIN("torment");

TEST_CASE(
    "the broker is killed and started again under load: no write is lost or doubled, no 404") {
    shop s{either_engine()};
    s.start();
    s.start_worker("orders");
    order_load load{s.http_port(), 8};
    for (int round = 0; round < 4; ++round) {
        REQUIRE(load.wait_for_more(150));
        s.broker().kill();
        s.start_broker();
    }
    REQUIRE(load.wait_for_more(150));
    const auto done = load.stop();
    check_orders(s, done);
    check_all_accepted(done);
}

TEST_CASE(
    "a broker killed twenty times under load fails no request and no route: it is restarted") {
    shop s;
    auto& up = s.start_up({"--scale", "orders=3"});
    order_load writes{s.http_port(), 6};
    read_load reads{s.http_port(), 4, {"/users", "/orders/1", "/users/2"}};
    for (int round = 0; round < 20; ++round) {
        const auto read = reads.answered();
        REQUIRE(writes.wait_for_more(100));
        REQUIRE(eventually(20'000ms, [&] { return reads.answered() > read + 100; }));
        const auto brokers = descendants(up.pid(), "postbus-broker");
        REQUIRE_EQ(brokers.size(), 1);
        ::kill(brokers.front(), SIGKILL);
    }
    REQUIRE(writes.wait_for_more(300));
    const auto unread = reads.stop();
    const auto written = writes.stop();
    CAPTURE(unread.empty() ? std::string{} : unread.front());
    CHECK_EQ(unread.size(), 0);
    check_all_accepted(written);
    check_orders(s, written);
    CHECK_EQ(up.stop(), 0);
    s.check_sound("orders");
}

TEST_CASE("the broker is told to stop and started again under load: every answer is 201") {
    shop s;
    s.start();
    order_load load{s.http_port(), 8};
    REQUIRE(load.wait_for_more(150));
    CHECK(s.broker().stop() == 0);
    s.start_broker();
    REQUIRE(load.wait_for_more(150));
    const auto done = load.stop();
    check_orders(s, done);
    check_all_accepted(done);
}

TEST_CASE("without a broker a request is refused in time, and says that nothing was done") {
    shop s;
    s.start();
    s.broker().kill();
    const auto begun = clock::now();
    const auto answer = s.post("/orders", R"({"user":1,"product":"Never"})");
    CHECK_LT(clock::now() - begun, scaled(6000ms));
    CHECK((answer.status == 503 || answer.status == 504));
    CHECK_FALSE(parse_json(answer.body).at("outcome").as_string().empty());
    s.start_broker();
    REQUIRE(s.wait_served({"/orders"}));
    if (answer.body.find("not-executed") != std::string::npos)
        CHECK_EQ(orders_by_product(s)["Never"], 0);
}

TEST_CASE("a frozen broker holds its callers up, and loses nothing") {
    shop s;
    s.start();
    order_load load{s.http_port(), 8};
    REQUIRE(load.wait_for_more(100));
    s.broker().send(SIGSTOP);
    std::this_thread::sleep_for(2500ms); // the length of the freeze is the point here
    s.broker().send(SIGCONT);
    REQUIRE(load.wait_for_more(300));
    const auto done = load.stop();
    check_orders(s, done);
}

TEST_SUITE_END();

} // namespace postbus::tests
