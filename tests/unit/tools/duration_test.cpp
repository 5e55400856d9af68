#include "tools/duration.hpp"

#include <doctest/doctest.h>

using postbus::tools::parse_duration;
using namespace std::chrono_literals;

TEST_CASE("a duration is in seconds unless it says otherwise") {
    CHECK(parse_duration("5") == 5000ms);
    CHECK(parse_duration("5s") == 5000ms);
    CHECK(parse_duration("0.5") == 500ms);
    CHECK(parse_duration("250ms") == 250ms);
    CHECK(parse_duration("86400") == 24h);
}

TEST_CASE("what is no duration between 1 ms and a day is not read") {
    for (const auto* text : {"", "s", "ms", "five", "5m", "5 s", "-1", "0", "0.5ms", "86401", "1e3",
                             "nan", "inf", "5ss", "0x10"})
        CHECK_MESSAGE(parse_duration(text) == std::nullopt, text);
}
