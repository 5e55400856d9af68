#include "bus/log_histogram.hpp"

#include <doctest/doctest.h>

namespace postbus::bus {

TEST_CASE("a value lies in the cell whose upper bound is the first that reaches it") {
    for (std::uint64_t value = 0; value < 100'000; ++value) {
        const auto cell = log_histogram::cell_of(value);
        REQUIRE_LE(value, log_histogram::bound(cell));
        if (cell != 0) REQUIRE_GT(value, log_histogram::bound(cell - 1));
    }
    CHECK_EQ(log_histogram::cell_of(std::uint64_t{1} << 32U), log_histogram::overflow - 1);
    CHECK_EQ(log_histogram::cell_of((std::uint64_t{1} << 32U) + 1), log_histogram::overflow);
    CHECK_EQ(log_histogram::cell_of(~std::uint64_t{0}), log_histogram::overflow);
}

TEST_CASE("quantiles are near those of the values themselves") {
    log_histogram all;
    CHECK_EQ(all.quantile(0.5), 0);
    for (std::uint64_t value = 1; value <= 10'000; ++value) all.count(value);
    CHECK_EQ(all.total(), 10'000);
    CHECK_EQ(all.sum(), 50'005'000);
    CHECK_GT(all.quantile(0.5), 4'900);
    CHECK_LT(all.quantile(0.5), 5'100);
    CHECK_GT(all.quantile(0.99), 9'000);
    CHECK_LT(all.quantile(0.99), 12'288);
}

TEST_CASE("what came since a copy was made is told apart, and a restart is not taken for a loss") {
    log_histogram counts;
    counts.count(10);
    const auto before = counts;
    counts.count(1000);
    const auto since = counts.since(before);
    CHECK_EQ(since.total(), 1);
    CHECK_EQ(since.sum(), 1000);
    log_histogram restarted;
    restarted.count(7);
    CHECK_EQ(restarted.since(counts).total(), 1);
}

} // namespace postbus::bus
