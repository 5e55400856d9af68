#include "tools/supervision.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace postbus::tools;

namespace {

using kind = supervision::action::kind;
using actions = std::vector<supervision::action>;

constexpr process_end crash{true, 9};
constexpr process_end gave_up{false, 2};
constexpr process_end done{false, 0};

/// A broker (0), two workers (1, 2) and a gateway (3), all started at 0.
struct stack {
    supervision brain{{role::broker, role::worker, role::worker, role::gateway}, at(0ms)};
    std::chrono::milliseconds now = 0ms;

    static supervision::time_point at(std::chrono::milliseconds when) {
        return supervision::time_point{} + when;
    }
    actions due(std::chrono::milliseconds when) {
        now = when;
        auto out = brain.due(at(when));
        for (const auto& one : out)
            if (one.what == kind::start) brain.started(one.which, at(when));
        return out;
    }
    void ended(std::size_t which, process_end how) { brain.ended(which, how, at(now)); }
    void stop() { brain.stop(at(now)); }
};

struct started_stack : stack {
    started_stack() {
        due(0ms);
        brain.ready();
    }
};

} // namespace

TEST_CASE("everything starts at once") {
    stack s;
    CHECK(s.due(0ms) ==
          actions{{kind::start, 0}, {kind::start, 1}, {kind::start, 2}, {kind::start, 3}});
    CHECK(s.due(1ms).empty());
    CHECK(s.brain.wake_at() == std::nullopt);
}

TEST_CASE("what crashes is started again, after growing pauses") {
    started_stack s;
    s.now = 100ms;
    s.ended(1, crash);
    CHECK(s.brain.pause(1, s.at(100ms)) == 20ms);
    CHECK(s.brain.wake_at() == s.at(120ms));
    CHECK(s.due(119ms).empty());
    CHECK(s.due(120ms) == actions{{kind::start, 1}});
    s.ended(1, crash);
    CHECK(s.due(159ms).empty());
    CHECK(s.due(160ms) == actions{{kind::start, 1}});
    s.now = 5160ms;
    s.ended(1, crash);
    CHECK(s.due(5180ms) == actions{{kind::start, 1}});
}

TEST_CASE("once the stack was ready, what ends in any way is started again") {
    for (const auto how : {crash, gave_up, done}) {
        started_stack s;
        s.now = 100ms;
        s.ended(3, how);
        CHECK_FALSE(s.brain.failed());
        CHECK(s.due(120ms) == actions{{kind::start, 3}});
    }
}

TEST_CASE("a program that gives up at its first start stops the whole stack") {
    stack s;
    s.due(0ms);
    s.now = 10ms;
    s.ended(3, gave_up);
    CHECK(s.brain.failed() == 3);
    CHECK(s.due(10ms) == actions{{kind::terminate, 1}, {kind::terminate, 2}});
    s.ended(1, done);
    s.ended(2, done);
    CHECK(s.due(11ms) == actions{{kind::terminate, 0}});
    s.ended(0, done);
    CHECK(s.brain.finished());
}

TEST_CASE("a crash before the stack is ready is only a crash, and so is giving up after one") {
    stack s;
    s.due(0ms);
    s.ended(1, crash);
    s.ended(2, done);
    CHECK(s.due(20ms) == actions{{kind::start, 1}, {kind::start, 2}});
    s.ended(1, gave_up);
    CHECK_FALSE(s.brain.failed());
    CHECK(s.due(60ms) == actions{{kind::start, 1}});
}

TEST_CASE("stopping goes from the gateway over the workers to the broker") {
    started_stack s;
    s.stop();
    CHECK(s.due(0ms) == actions{{kind::terminate, 3}});
    CHECK(s.due(1ms).empty());
    s.ended(3, done);
    CHECK(s.due(2ms) == actions{{kind::terminate, 1}, {kind::terminate, 2}});
    s.ended(2, done);
    CHECK(s.due(3ms).empty());
    s.ended(1, crash);
    CHECK(s.due(4ms) == actions{{kind::terminate, 0}});
    CHECK_FALSE(s.brain.finished());
    s.ended(0, done);
    CHECK(s.brain.finished());
    CHECK(s.brain.wake_at() == std::nullopt);
}

TEST_CASE("what does not end within 6 s of being asked is killed, once") {
    started_stack s;
    s.stop();
    s.due(0ms);
    CHECK(s.brain.wake_at() == s.at(6000ms));
    CHECK(s.due(5999ms).empty());
    CHECK(s.due(6000ms) == actions{{kind::kill, 3}});
    CHECK(s.due(6001ms).empty());
    CHECK(s.brain.wake_at() == std::nullopt);
    s.ended(3, crash);
    s.due(7000ms);
    CHECK(s.brain.wake_at() == s.at(13000ms));
    CHECK(s.due(13000ms) == actions{{kind::kill, 1}, {kind::kill, 2}});
}

TEST_CASE("asked twice to stop, everything is killed at once") {
    started_stack s;
    s.stop();
    s.due(0ms);
    s.stop();
    CHECK(s.due(1ms) ==
          actions{{kind::kill, 0}, {kind::kill, 1}, {kind::kill, 2}, {kind::kill, 3}});
    CHECK(s.due(2ms).empty());
}

TEST_CASE("nothing is started again while stopping, not even what was waiting for it") {
    started_stack s;
    s.ended(1, crash);
    s.stop();
    CHECK(s.due(100ms) == actions{{kind::terminate, 3}});
    s.ended(3, crash);
    CHECK(s.due(200ms) == actions{{kind::terminate, 2}});
    CHECK(s.brain.pause(3, s.at(200ms)) == std::nullopt);
}

TEST_CASE("one that is added starts at once, and once kept is started again like the others") {
    started_stack s;
    CHECK(s.brain.add(role::worker, s.at(0ms)) == 4);
    CHECK(s.due(0ms) == actions{{kind::start, 4}});
    s.brain.keep(4);
    s.ended(4, crash);
    CHECK(s.due(20ms) == actions{{kind::start, 4}});
}

TEST_CASE("one that is added and ends on trial is not started again, and its place is free") {
    started_stack s;
    CHECK(s.brain.add(role::worker, s.at(0ms)) == 4);
    s.due(0ms);
    s.ended(4, gave_up);
    CHECK(s.brain.vacant(4));
    CHECK_FALSE(s.brain.failed());
    CHECK_FALSE(s.brain.stopping());
    CHECK(s.brain.wake_at() == std::nullopt);
    CHECK(s.due(5000ms).empty());
    CHECK(s.brain.add(role::gateway, s.at(5000ms)) == 4);
    CHECK_FALSE(s.brain.vacant(4));
}

TEST_CASE("who is dismissed is asked to end, killed after 6 s, and never started again") {
    started_stack s;
    s.brain.dismiss(1, s.at(0ms));
    CHECK(s.due(0ms) == actions{{kind::terminate, 1}});
    CHECK(s.due(1ms).empty());
    CHECK(s.brain.wake_at() == s.at(6000ms));
    CHECK(s.due(6000ms) == actions{{kind::kill, 1}});
    CHECK(s.due(6001ms).empty());
    s.ended(1, crash);
    CHECK(s.brain.vacant(1));
    CHECK(s.due(9000ms).empty());
}

TEST_CASE("who is dismissed between two lives has no second one") {
    started_stack s;
    s.ended(1, crash);
    s.brain.dismiss(1, s.at(0ms));
    CHECK(s.brain.vacant(1));
    CHECK(s.due(1000ms).empty());
}

TEST_CASE("who is bounced is asked to end and started again at once") {
    started_stack s;
    s.brain.bounce(0, s.at(0ms));
    CHECK(s.due(0ms) == actions{{kind::terminate, 0}});
    s.now = 30ms;
    s.ended(0, done);
    CHECK(s.due(30ms) == actions{{kind::start, 0}});
    CHECK(s.due(31ms).empty());
    s.brain.bounce(0, s.at(40ms));
    CHECK(s.due(40ms) == actions{{kind::terminate, 0}});
    CHECK(s.due(6040ms) == actions{{kind::kill, 0}});
    s.ended(0, crash);
    CHECK(s.due(6040ms) == actions{{kind::start, 0}});
}

TEST_CASE("a stop in the middle of a change ends everybody, in the usual order") {
    started_stack s;
    s.brain.add(role::worker, s.at(0ms));
    s.brain.dismiss(1, s.at(0ms));
    s.due(0ms);
    s.stop();
    CHECK(s.due(1ms) == actions{{kind::terminate, 3}});
    s.ended(3, done);
    CHECK(s.due(2ms) == actions{{kind::terminate, 2}, {kind::terminate, 4}});
    for (const auto which : {1U, 2U, 4U}) s.ended(which, done);
    CHECK(s.due(3ms) == actions{{kind::terminate, 0}});
    s.ended(0, done);
    CHECK(s.brain.finished());
}
