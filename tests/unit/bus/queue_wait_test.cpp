#include "bus/queue_wait.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <vector>

namespace postbus::bus::tests {

using namespace std::chrono_literals;

namespace {

using std::chrono::milliseconds;

/// A service in simulated time, fed as the router would feed it: steps of a millisecond, replies in
/// flocks of `flock` milliseconds.
struct lane {
    queue_wait wait{};
    milliseconds limit{500};
    std::size_t floor = 0;
    double capacity = 200; // served a second
    milliseconds flock{1};
    bool frozen = false;

    milliseconds now{1'000'000};
    std::deque<milliseconds> inside{}; // when each came
    double credit = 0;
    double owed = 0; // arrivals, in fractions
    std::size_t offered = 0, refused = 0, served = 0;
    std::vector<milliseconds> waits{}; // of those served

    queue_wait::time_point at() const { return queue_wait::time_point{now}; }

    bool arrive() {
        ++offered;
        if (inside.size() >= floor && wait.exceeds(limit, at())) return ++refused, false;
        wait.arrived(at());
        inside.push_back(now);
        return true;
    }
    void serve(std::size_t count) {
        for (; count > 0 && !inside.empty(); --count) {
            wait.left(at(), true);
            waits.push_back(now - inside.front());
            inside.pop_front();
            ++served;
        }
    }
    void run(milliseconds time, double arrivals_a_second) {
        for (const auto end = now + time; now < end;) {
            now += 1ms;
            owed += arrivals_a_second / 1000;
            for (; owed >= 1; --owed) arrive();
            if (frozen) continue;
            if (inside.empty()) credit = 0;
            else credit += capacity / 1000;
            if (now.count() % flock.count() != 0) continue;
            const auto whole = std::floor(credit);
            serve(static_cast<std::size_t>(whole));
            credit -= whole;
        }
    }
    void forget_figures() {
        offered = refused = served = 0;
        waits.clear();
    }
    milliseconds wait_at(double share) {
        std::sort(waits.begin(), waits.end());
        return waits.at(static_cast<std::size_t>(share * static_cast<double>(waits.size() - 1)));
    }
};

} // namespace

TEST_CASE("ten times what a service can do, for a minute: it works on, and nobody waits long") {
    for (const double capacity : {20.0, 200.0, 5'000.0, 50'000.0}) {
        CAPTURE(capacity);
        lane one{.floor = 16, .capacity = capacity};
        one.run(60'000ms, 10 * capacity);
        CHECK_GE(static_cast<double>(one.served), 0.99 * capacity * 60);
        CHECK_LT(one.wait_at(0.99), 900ms);
        CHECK_LT(one.waits.back(), 2000ms);
    }
}

TEST_CASE("replies in flocks, as of commits, are no different") {
    for (const auto flock : {20ms, 100ms, 200ms}) {
        CAPTURE(flock.count());
        lane one{.capacity = 400, .flock = flock};
        one.run(3000ms, 4000); // who comes before the first flock is judged by nothing
        one.forget_figures();
        one.run(60'000ms, 4000);
        CHECK_GE(static_cast<double>(one.served), 0.95 * 400 * 60);
        CHECK_LT(one.wait_at(0.99), 900ms);
    }
}

// A flock from far away comes in pieces, the first of them small.
TEST_CASE("callers of a far worker are not refused, however few replies come first") {
    for (const std::size_t first : {1, 5, 15}) {
        CAPTURE(first);
        constexpr std::size_t callers = 64;
        lane one{};
        std::deque<milliseconds> due;
        const auto call = [&] {
            if (one.arrive()) due.push_back(one.now + 100ms);
        };
        for (std::size_t i = 0; i < first; ++i) call();
        for (const auto end = one.now + 3000ms; one.now < end; one.now += 1ms) {
            if (one.now == end - 2910ms)
                for (std::size_t i = first; i < callers; ++i) call();
            for (; !due.empty() && due.front() <= one.now; call()) {
                due.pop_front();
                one.serve(1);
            }
        }
        CHECK_EQ(one.refused, 0);
        CHECK_GE(one.served, callers * 25);
    }
}

TEST_CASE("a service that keeps up refuses nobody") {
    for (const double share : {0.1, 0.5, 0.9, 0.99}) {
        CAPTURE(share);
        lane one{.capacity = 1000};
        one.run(20'000ms, share * 1000);
        CHECK_EQ(one.refused, 0);
    }
}

TEST_CASE("a burst on a lane that was idle or calm is taken whole") {
    lane one{.capacity = 5000};
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 10'000; ++i) CHECK(one.arrive());
        one.run(3000ms, 0);
        CHECK_EQ(one.inside.size(), 0);
        one.run(1000ms, 50); // what is served now is no measure of what could be
    }
    CHECK_EQ(one.refused, 0);
}

TEST_CASE("some clients that each wait for their answer are never refused by a fast service") {
    lane one{.capacity = 2000, .flock = 50ms};
    const auto keep_full = [&](milliseconds time) {
        for (const auto end = one.now + time; one.now < end;) {
            while (one.inside.size() < 256) REQUIRE(one.arrive());
            one.run(1ms, 0);
        }
    };
    keep_full(5000ms);
    for (int pause = 0; pause < 3; ++pause) { // a slow disk, a checkpoint
        one.frozen = true;
        keep_full(800ms);
        one.frozen = false;
        keep_full(300ms);
    }
    CHECK_EQ(one.refused, 0);
}

TEST_CASE("a service that stops takes half a second's work, and all it can do when it goes on") {
    lane one{.floor = 16, .capacity = 1000};
    one.run(2000ms, 900);
    one.frozen = true;
    one.run(10'000ms, 900);
    CHECK_LE(one.inside.size(), 600);
    CHECK_GE(one.wait.expected(one.at()), 9s);
    one.frozen = false;
    one.forget_figures();
    one.run(1000ms, 900);
    CHECK_GE(one.served, 950); // with what had been left
    one.run(1000ms, 500);
    one.forget_figures();
    one.run(5000ms, 900);
    CHECK_EQ(one.refused, 0);
}

TEST_CASE("when the crowd goes, the next request is welcome; it comes back, and is met as before") {
    lane one{.capacity = 200};
    for (int round = 0; round < 3; ++round) {
        one.run(3000ms, 2000);
        CHECK_GT(one.refused, 0);
        one.run(1000ms, 0);
        CHECK(one.inside.empty());
        one.forget_figures();
        for (int i = 0; i < 50; ++i) CHECK(one.arrive());
        one.run(1000ms, 0);
    }
}

TEST_CASE("a service that becomes slower or faster is known again within some windows") {
    lane one{.capacity = 1000};
    one.run(3000ms, 5000);
    one.capacity = 200;
    one.run(4000ms, 5000); // what was promised before is done first
    one.forget_figures();
    one.run(5000ms, 5000);
    CHECK_LT(one.wait_at(0.99), 700ms);
    one.capacity = 2000;
    one.run(1000ms, 5000);
    one.forget_figures();
    one.run(5000ms, 5000);
    CHECK_GE(one.served, 9'900);
}

TEST_CASE("calls that left unserved are no measure of what is served") {
    queue_wait wait;
    auto now = queue_wait::time_point{1h};
    for (int i = 0; i < 1000; ++i) wait.arrived(now);
    for (int i = 0; i < 50; ++i) wait.left(now += 10ms, i % 2 == 0); // 50 a second served
    CHECK_GT(wait.expected(now), 15s);
    CHECK_LT(wait.expected(now), 25s);
}

} // namespace postbus::bus::tests
