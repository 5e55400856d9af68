#include "tools/rollout.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace std::chrono_literals;
using namespace postbus::tools;

namespace {

using step = change_step::kind;
using kind = rollout::action::kind;
using actions = std::vector<rollout::action>;

rollout::time_point at(std::chrono::milliseconds when) {
    return rollout::time_point{} + when;
}

const planned_program fresh{"users.1", "postbus-users", {}, role::worker};

/// What was told, as "event name" or "event name: text".
std::string told(rollout& one) {
    constexpr std::array words{"starting", "ready", "draining", "ended", "failed", "done"};
    std::string out;
    for (const auto& report : one.take_reports()) {
        if (!out.empty()) out += ", ";
        out += words.at(static_cast<std::size_t>(report.what));
        if (!report.process.empty()) out += ' ' + report.process;
        if (!report.text.empty()) out += ": " + report.text;
    }
    return out;
}

/// users.1, which is at place 3, is to be replaced; the new one came to place 7.
struct replacing {
    rollout one{{{step::replace, "users.1", 3, fresh}}, 1000ms, at(0ms)};

    replacing() {
        CHECK(one.take_actions() == actions{{kind::start, 0, fresh}});
        one.placed(7);
        one.started(7);
        CHECK(told(one) == "starting users.1");
    }
};

} // namespace

TEST_CASE("the old one is let go when the new one is ready, and not before") {
    replacing r;
    r.one.started(5); // somebody else comes and goes meanwhile
    r.one.ready(5, at(1ms));
    r.one.ended(5, "", at(2ms));
    r.one.tick(at(999ms));
    CHECK(r.one.take_actions().empty());
    r.one.ready(7, at(999ms));
    CHECK(r.one.take_actions() == actions{{kind::keep, 7, {}}, {kind::dismiss, 3, {}}});
    CHECK(r.one.wake_at() == std::nullopt);
    CHECK_FALSE(r.one.over());
    r.one.ended(3, "", at(2000ms));
    CHECK(r.one.over());
    CHECK(told(r.one) == "ready users.1, draining users.1, ended users.1, done: 1 process changed");
}

TEST_CASE("a new one that ends early changes nothing, and nothing more is begun") {
    rollout one{{{step::replace, "users.1", 3, fresh}, {step::replace, "users.2", 4, fresh}},
                1000ms,
                at(0ms)};
    one.take_actions();
    one.placed(7);
    one.started(7);
    one.ended(7, "no database (exit code 1)", at(5ms));
    CHECK(one.take_actions().empty());
    CHECK(one.over());
    CHECK(told(one) == "starting users.1, failed users.1: ended before it was ready: no database "
                       "(exit code 1); the one before it stays");
}

TEST_CASE("a new one that takes too long goes again") {
    replacing r;
    CHECK(r.one.wake_at() == at(1000ms));
    r.one.tick(at(1000ms));
    CHECK(r.one.take_actions() == actions{{kind::dismiss, 7, {}}});
    CHECK_FALSE(r.one.over());
    r.one.ready(7, at(1001ms)); // too late
    CHECK(r.one.take_actions().empty());
    r.one.ended(7, "", at(1002ms));
    CHECK(r.one.over());
    CHECK(told(r.one) == "failed users.1: was not ready within 1000 ms; the one before it stays");
}

TEST_CASE("what is replaced may crash and come back while the new one starts") {
    replacing r;
    r.one.ended(3, "signal 9", at(1ms));
    r.one.started(3);
    CHECK(r.one.take_actions().empty());
    r.one.ready(7, at(2ms));
    CHECK(r.one.take_actions().size() == 2);
}

TEST_CASE("steps follow each other") {
    rollout one{
        {{step::add, "users.2", 0, fresh}, {step::remove, "users.1", 3, {}}}, 1000ms, at(0ms)};
    CHECK(one.take_actions() == actions{{kind::start, 0, fresh}});
    one.placed(7);
    one.started(7);
    one.ready(7, at(900ms));
    CHECK(one.take_actions() == actions{{kind::keep, 7, {}}, {kind::dismiss, 3, {}}});
    one.ended(3, "", at(2000ms));
    CHECK(one.over());
    CHECK(told(one).ends_with("done: 2 processes changed"));
}

TEST_CASE("a broker ends first, and has come back when it is ready") {
    rollout one{{{step::bounce, "broker", 0, {}}}, 1000ms, at(0ms)};
    CHECK(one.take_actions() == actions{{kind::bounce, 0, {}}});
    one.ready(0, at(1ms)); // of before
    CHECK_FALSE(one.over());
    one.ended(0, "exit code 0", at(10ms));
    one.started(0);
    one.ready(0, at(20ms));
    CHECK(one.over());
    CHECK(told(one) == "draining broker, ended broker, starting broker, ready broker, done: 1 "
                       "process changed");
}

TEST_CASE("a broker that does not come back is told of, with what it last said") {
    rollout one{{{step::bounce, "broker", 0, {}}}, 1000ms, at(0ms)};
    one.ended(0, "exit code 0", at(10ms));
    one.started(0);
    one.ended(0, "address in use", at(20ms));
    one.started(0);
    one.tick(at(1000ms));
    CHECK(one.over());
    CHECK(told(one).ends_with(
        "failed broker: was not ready within 1000 ms; it ended: address in use"));
}

TEST_CASE("interrupted, it finishes the step it is at; the end of the stack ends it at once") {
    rollout one{{{step::replace, "users.1", 3, fresh}, {step::replace, "users.2", 4, fresh}},
                1000ms,
                at(0ms)};
    one.placed(7);
    one.started(7);
    one.cancel();
    one.ready(7, at(1ms));
    one.ended(3, "", at(2ms));
    CHECK(one.over());
    CHECK(told(one).ends_with("done: 1 process changed, then stopped as asked"));

    replacing r;
    r.one.abort("the stack is being stopped");
    CHECK(r.one.over());
    CHECK(told(r.one) == "failed users.1: was not finished: the stack is being stopped");
}

TEST_CASE("nothing to do is done at once") {
    rollout one{{}, 1000ms, at(0ms)};
    CHECK(one.over());
    CHECK(told(one) == "done: 0 processes changed");
}
