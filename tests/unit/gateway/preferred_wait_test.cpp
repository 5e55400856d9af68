#include "gateway/preferred_wait.hpp"

#include <doctest/doctest.h>

#include <array>
#include <vector>

namespace postbus::gateway {

namespace {

std::int64_t wait_in(std::vector<std::string_view> values) {
    std::vector<field_view> fields{{"host", "x"}};
    for (const auto value : values) fields.push_back({"pREFER", value});
    return preferred_wait(fields).count();
}

} // namespace

TEST_CASE("a preferred wait is read in each form that RFC 7240 allows, and capped") {
    CHECK_EQ(wait_in({"wait=1"}), 1);
    CHECK_EQ(wait_in({"WAIT = 5"}), 5);
    CHECK_EQ(wait_in({"wait=\"7\""}), 7);
    CHECK_EQ(wait_in({"wait=10"}), 10);
    CHECK_EQ(wait_in({"wait=11"}), 10);
    CHECK_EQ(wait_in({"wait=99999999999999999999999999"}), 10);
    CHECK_EQ(wait_in({"wait=3; x=\"a,b\""}), 3);
    CHECK_EQ(wait_in({"return=minimal, wait=4, respond-async"}), 4);
    CHECK_EQ(wait_in({"note=\"a, wait=1, \\\", wait=2\", wait=4"}), 4);
    CHECK_EQ(wait_in({"return=minimal", "wait=6"}), 6);
    CHECK_EQ(wait_in({"wait=2, wait=5", "wait=6"}), 2);
    CHECK_EQ(wait_in({",, wait=2"}), 2);
}

TEST_CASE("a malformed preference, or none, is no wish to wait") {
    CHECK_EQ(preferred_wait(std::array{field_view{"prefers", "wait=5"}}).count(), 0);
    for (const std::string_view none :
         {"", "wait", "wait=", "wait=0", "wait=-1", "wait=1.5", "wait=one", "wait=\"5", "wait=5 6",
          "waiting=5", "x;wait=5", "\"wait=5\"", "wait=\"\"", "wait:5", "=5", ";", ",",
          "wait=x, wait=5", "x=\"\\"})
        CHECK_MESSAGE(wait_in({none}) == 0, none);
}

} // namespace postbus::gateway
