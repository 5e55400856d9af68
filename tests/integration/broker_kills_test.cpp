// Two brokers side by side, and one after the other is killed under load.

#include "tests/integration/broker_set.hpp"
#include "tests/integration/mixed_load.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <random>

namespace postbus::tests {

namespace {

/// Kills one of two at a random moment, starts it again after a random while; some follow so soon
/// that it has not yet heard of all workers.
class killer {
public:
    killer(broker_set& brokers, std::uint64_t seed) : brokers_{brokers}, random_{seed} {}

    void strike() {
        const auto which = below(brokers_.size());
        brokers_.at(which).kill();
        pause(below(3) == 0 ? 0 : 150);
        brokers_.start(which);
        // The waits are what is random here.
        pause(below(4) == 0 ? 30 : 600);
    }

    /// Both within a second of each other, in either order, and for a while none is there.
    void strike_both() {
        const auto first = below(2);
        brokers_.at(first).kill();
        pause(1000);
        brokers_.at(1 - first).kill();
        pause(300);
        const auto back = below(2);
        brokers_.start(back);
        pause(300);
        brokers_.start(1 - back);
        pause(500);
    }

private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    // A kill may come at any step of a start, of a request.
    void pause(std::uint64_t most) { std::this_thread::sleep_for(milliseconds{below(most + 1)}); }

    broker_set& brokers_;
    std::mt19937_64 random_;
};

void kill_brokers(shop& s, int kills) {
    const auto seed = number_from("POSTBUS_SEED", std::random_device{}());
    CAPTURE(seed);
    broker_set brokers{s, 2};
    brokers.start_shop(2);
    REQUIRE(brokers.postbus({"call", "orders.list", "{}"}).code == 0);
    mixed_load load{s.http_port(), 16, 3000};
    REQUIRE(load.wait_for_more(1000));
    killer kill{brokers, seed};
    const auto begun = clock::now();
    for (int i = 0; i < kills; ++i) kill.strike();
    const std::chrono::duration<double> took = clock::now() - begun;
    REQUIRE(load.wait_for_more(1000));
    const auto done = load.stop();
    MESSAGE(kills, " kills in ", took.count(), " s, seed ", seed, ": ", figures(done));
    check_nothing_failed(done);
    check_orders(s, writes_of(done));
    check_keys(s, done, 100);
    CHECK_LT(time_at(done, 0.99), static_cast<double>(scaled(1000ms).count()));
    s.check_sound("orders");
}

} // namespace

TEST_SUITE_BEGIN("torment");

TEST_CASE(
    "one of two brokers is killed fifty times under load: nothing is lost, doubled or refused") {
    shop s{either_engine()};
    kill_brokers(s, s.on() == engine::sqlite
                        ? static_cast<int>(number_from("POSTBUS_BROKER_KILLS", 50))
                        : 15);
}

TEST_CASE("both brokers are killed within a second of each other: what was acknowledged is there, "
          "once") {
    const auto seed = number_from("POSTBUS_SEED", std::random_device{}());
    CAPTURE(seed);
    shop s;
    broker_set brokers{s, 2};
    brokers.start_shop(2);
    mixed_load load{s.http_port(), 16, 2000};
    REQUIRE(load.wait_for_more(500));
    killer kill{brokers, seed};
    for (int i = 0; i < 6; ++i) kill.strike_both();
    REQUIRE(load.wait_for_more(500));
    const auto done = load.stop();
    MESSAGE("seed ", seed, ": ", figures(done));
    check_orders(s, writes_of(done));
    check_keys(s, done, 100);
    s.check_sound("orders");
}

TEST_SUITE_END();

} // namespace postbus::tests
