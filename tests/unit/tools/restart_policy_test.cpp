#include "tools/restart_policy.hpp"

#include <doctest/doctest.h>

#include <vector>

using postbus::tools::restart_policy;
using namespace std::chrono_literals;

TEST_CASE("the pause before a restart doubles from 20 ms to 1 s") {
    restart_policy policy;
    std::vector<std::chrono::milliseconds> pauses;
    for (int i = 0; i < 8; ++i) pauses.push_back(policy.next_pause(0ms));
    CHECK(pauses == std::vector{20ms, 40ms, 80ms, 160ms, 320ms, 640ms, 1000ms, 1000ms});
}

TEST_CASE("a program that lived 5 s is started again after 20 ms") {
    restart_policy policy;
    for (int i = 0; i < 8; ++i) policy.next_pause(4999ms);
    CHECK(policy.next_pause(4999ms) == 1000ms);
    CHECK(policy.next_pause(5000ms) == 20ms);
    CHECK(policy.next_pause(0ms) == 40ms);
}
