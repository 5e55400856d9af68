// Any process of the stack is killed or frozen at random under write load. Runs for
// POSTBUS_TORMENT_SECONDS (12) with the random numbers of POSTBUS_SEED (drawn, and printed).

#include "tests/integration/load.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <iostream>
#include <random>

namespace postbus::tests {

namespace {

/// Decides what befalls whom; every choice comes from the seed.
class tormentor {
public:
    tormentor(pid_t supervisor, std::uint64_t seed) : supervisor_{supervisor}, random_{seed} {}

    void strike() {
        const auto victims = descendants(supervisor_);
        if (victims.empty()) return;
        const auto victim = victims[below(victims.size())];
        const auto name = program_of(victim);
        if (below(3) == 0) {
            ++frozen_[name];
            ::kill(victim, SIGSTOP);
            std::this_thread::sleep_for(
                milliseconds{100 + below(2500)}); // the length of the freeze
            ::kill(victim, SIGCONT);
        } else {
            ++killed_[name];
            ::kill(victim, SIGKILL);
        }
        std::this_thread::sleep_for(milliseconds{50 + below(600)}); // who was struck may come back
    }

    std::string figures() const {
        std::string text;
        for (const auto& [name, count] : killed_)
            text += name + " killed " + std::to_string(count) + ", ";
        for (const auto& [name, count] : frozen_)
            text += name + " frozen " + std::to_string(count) + ", ";
        return text;
    }

private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    pid_t supervisor_;
    std::mt19937_64 random_;
    std::map<std::string, int> killed_;
    std::map<std::string, int> frozen_;
};

} // namespace

TEST_SUITE_BEGIN("torment");

TEST_CASE("killed and frozen at random under load, the stack loses and doubles nothing") {
    const auto seed = number_from("POSTBUS_SEED", std::random_device{}());
    const auto time = std::chrono::seconds{number_from("POSTBUS_TORMENT_SECONDS", 12)};
    shop s{either_engine()};
    auto& up = s.start_up({"--scale", "orders=3"});
    order_load load{s.http_port(), 8};
    tormentor torment{up.pid(), seed};
    for (const auto end = clock::now() + time; clock::now() < end;) torment.strike();

    // Whatever it was, it passes: full service again, by itself.
    CHECK(load.wait_for_more(200, 15'000ms));
    const auto done = load.stop();
    std::cout << "torment: seed " << seed << ", " << torment.figures() << statuses(done) << '\n';
    CAPTURE(seed);
    check_orders(s, done);
    CHECK_EQ(up.stop(), 0);
    s.check_sound("orders");
    s.start_up();
    check_orders(s, done);
}

TEST_SUITE_END();

} // namespace postbus::tests
