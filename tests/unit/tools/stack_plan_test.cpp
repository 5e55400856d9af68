#include "tools/stack_plan.hpp"

#include <doctest/doctest.h>

using namespace postbus;
using tools::planned_program;
using tools::role;

TEST_CASE("a stack is a broker, each service's workers and a gateway, in that order") {
    const auto plan = tools::plan_stack({.brokers = {bus::endpoint{}},
                                         .http = "127.0.0.1:1",
                                         .data = "d",
                                         .log_format = "json",
                                         .workers = {{"users", 1}, {"orders", 2}, {"mail", 0}}});
    const std::vector<std::string> worker{"--bus", "tcp://127.0.0.1:5550", "--data",
                                          "d",     "--log-format",         "json"};
    REQUIRE(plan.size() == 5);
    CHECK(plan[0] == planned_program{"broker",
                                     "postbus-broker",
                                     {"--bus", "tcp://127.0.0.1:5550", "--log-format", "json"},
                                     role::broker,
                                     {"--settle-ms", "300"}});
    CHECK(plan[1] == planned_program{"orders.1", "postbus-orders", worker, role::worker});
    CHECK(plan[2] == planned_program{"orders.2", "postbus-orders", worker, role::worker});
    CHECK(plan[3] == planned_program{"users.1", "postbus-users", worker, role::worker});
    CHECK(plan[4] == planned_program{"gateway",
                                     "postbus-gateway",
                                     {"--bus", "tcp://127.0.0.1:5550", "--http", "127.0.0.1:1",
                                      "--listen-fd", "3", "--log-format", "json"},
                                     role::gateway});
}

TEST_CASE("brokers side by side are two ports apart") {
    const bus::endpoint first{"127.0.0.1", 5550};
    const bus::endpoint second{"127.0.0.1", 5552};
    const bus::endpoint far{"10.0.0.2", 5550};
    CHECK(tools::side_by_side({first}, 2) == std::vector{first, second});
    CHECK(tools::side_by_side({first, far}, 2) == std::vector{first, far});
    CHECK_FALSE(tools::side_by_side({first, far}, 3));
}

TEST_CASE("brokers that cannot be side by side are told why, and what could be") {
    const bus::endpoint last{"127.0.0.1", 65526};
    const bus::endpoint high{"127.0.0.1", 65530};
    CHECK(tools::side_by_side({last}, 5).value().back() == bus::endpoint{"127.0.0.1", 65534});
    CHECK_FALSE(tools::side_by_side({high}, 5));
    CHECK_EQ(tools::why_not_side_by_side({high}, 5),
             "each takes two ports, from 65530 on, and there is none above 65535: give a --bus "
             "with a port of at most 65526");
    CHECK_FALSE(tools::side_by_side({last, high}, 5));
    CHECK_EQ(tools::why_not_side_by_side({last, high}, 5), "give one --bus, or as many, not 2");
}

TEST_CASE("each of several brokers has its own address, and workers and gateway know all") {
    const auto plan = tools::plan_stack(
        {.brokers = {bus::endpoint{"127.0.0.1", 5550}, bus::endpoint{"127.0.0.1", 5552}},
         .workers = {{"users", 1}}});
    REQUIRE(plan.size() == 4);
    CHECK(plan[0].name == "broker.1");
    CHECK(plan[1].name == "broker.2");
    CHECK(plan[1].arguments[1] == "tcp://127.0.0.1:5552");
    for (const auto i : {2U, 3U}) {
        CHECK(plan[i].arguments[1] == "tcp://127.0.0.1:5550");
        CHECK(plan[i].arguments[3] == "tcp://127.0.0.1:5552");
    }
}
