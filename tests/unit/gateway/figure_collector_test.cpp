#include "gateway/figure_collector.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>

namespace postbus::gateway {

namespace {

/// A shard that has counted something, and whose thread runs when a test says so.
struct counting_shard {
    counting_shard(std::vector<figure_collector*>& all, std::uint64_t connects)
        : collector{io, all, [this] { return its; }} {
        its.connects = connects;
    }

    boost::asio::io_context io{1};
    shard_figures its;
    figure_collector collector;
};

/// What `asker` finds; `other` runs meanwhile, or is stuck.
std::uint64_t collect(counting_shard& asker, counting_shard& other, bool other_runs) {
    std::optional<std::uint64_t> sum;
    asker.collector.collect([&](const shard_figures& all) { sum = all.connects; });
    other.io.restart();
    asker.io.restart();
    while (!sum) {
        if (other_runs) other.io.poll();
        asker.io.run_one();
    }
    return *sum;
}

} // namespace

TEST_CASE("figures are those of all shards") {
    std::vector<figure_collector*> all;
    counting_shard one{all, 1}, two{all, 10};
    CHECK_EQ(collect(one, two, true), 11);
    two.its.connects = 20;
    CHECK_EQ(collect(two, one, true), 21);
}

TEST_CASE("a shard that is stuck counts with what it said last, whoever asked it") {
    std::vector<figure_collector*> all;
    counting_shard one{all, 1}, two{all, 10};
    REQUIRE_EQ(collect(one, two, true), 11);
    two.its.connects = 20;
    CHECK_EQ(collect(one, two, false), 11);
    CHECK_EQ(collect(two, one, false), 21); // its first round: it has never asked `one`
}

TEST_CASE("an answer that comes after its round counts in the next") {
    std::vector<figure_collector*> all;
    counting_shard one{all, 1}, two{all, 10};
    REQUIRE_EQ(collect(one, two, false), 1);
    two.io.poll();
    CHECK_EQ(collect(one, two, false), 11);
}

} // namespace postbus::gateway
