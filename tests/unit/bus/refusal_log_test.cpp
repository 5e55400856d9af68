#include "bus/refusal_log.hpp"

#include <doctest/doctest.h>

namespace postbus::bus::tests {

namespace {

constexpr time_point start{std::chrono::hours{1000}};

} // namespace

TEST_CASE("a refusal is said once in ten seconds, and then how often it was") {
    refusal_log log;
    CHECK(log.count("no", start));
    for (int i = 0; i < 5; ++i) CHECK_FALSE(log.count("no", start));
    CHECK(log.due(start).empty());
    const auto later = start + refusal_log::pause;
    CHECK_EQ(log.due(later), std::vector<std::string>{"no (5 times more)"});
    CHECK(log.due(later + refusal_log::pause).empty());
    CHECK(log.count("no", later + refusal_log::pause)); // quiet meanwhile: news again
}

TEST_CASE("many different refusals do not fill the log either") {
    refusal_log log;
    std::size_t said = 0;
    for (int i = 0; i < 10'000; ++i) said += log.count("no " + std::to_string(i), start);
    CHECK_EQ(said, refusal_log::most);
    const auto due = log.due(start + refusal_log::pause);
    REQUIRE_EQ(due.size(), 1);
    CHECK_EQ(due.front(), "others were refused 9980 times more");
}

} // namespace postbus::bus::tests
