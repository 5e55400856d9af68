#include "schemas/money.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace postbus::schemas {

TEST_CASE("amounts are added and multiplied to the unit, up to the largest amount") {
    const money book{1500, "EUR"};
    CHECK(times(book, 3) == money{4500, "EUR"});
    CHECK(plus(book, {1, "EUR"}) == money{1501, "EUR"});
    CHECK(plus({max_amount - 1, "EUR"}, {1, "EUR"}) == money{max_amount, "EUR"});
    CHECK_FALSE(plus({max_amount, "EUR"}, {1, "EUR"}));
    CHECK_FALSE(times({max_amount, "EUR"}, 2));
}

TEST_CASE("what 64 bits cannot hold is no amount") {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    CHECK_FALSE(times({most, "EUR"}, 2));
    CHECK_FALSE(times({max_amount, "EUR"}, most));
    CHECK_FALSE(plus({most, "EUR"}, {most, "EUR"}));
}

TEST_CASE("two currencies have no sum") {
    CHECK_FALSE(plus({1, "EUR"}, {1, "USD"}));
}

} // namespace postbus::schemas
