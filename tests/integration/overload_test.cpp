#include "tests/integration/load.hpp"

#include <doctest/doctest.h>

#include <csignal>

namespace postbus::tests {

namespace {

void start_probes(shop& s, int count) {
    for (int i = 0; i < count; ++i)
        s.start_program("probe-service", {"--bus", s.bus(), "--data", s.data().string()});
    const auto both = static_cast<std::size_t>(count);
    REQUIRE(s.wait_served({"/who"}));
    REQUIRE(eventually(5000ms, [&] { return s.workers("probe").size() == both; }));
}

/// Answers with 200 a second. Looked at over a time, which is the point here.
double rate_of(const read_load& load, milliseconds time) {
    const auto before = load.answered();
    const auto begun = clock::now();
    std::this_thread::sleep_for(time);
    const std::chrono::duration<double> took = clock::now() - begun;
    return static_cast<double>(load.answered() - before) / took.count();
}

} // namespace

TEST_CASE("far more requests than a service can do: it does what it can, the rest hear at once") {
    shop s;
    s.start_broker();
    s.start_gateway();
    start_probes(s, 2);
    double capacity = 0;
    {
        read_load some{s.http_port(), 16, {"/work?ms=5"}};
        capacity = rate_of(some, 1500ms);
        CHECK(some.stop().empty());
    }
    // A client that is refused comes again 5 ms later, whatever it was told.
    read_load many{s.http_port(), 400, {"/work?ms=5"}};
    std::this_thread::sleep_for(1000ms); // until it has shown what it can do
    const auto served = rate_of(many, 4000ms);
    const auto answer = s.get("/work?ms=5");
    const auto failed = many.stop();
    MESSAGE("capacity ", capacity, "/s; then ", served, "/s served, ", failed.size(), " refused");
    CHECK_GE(served, 0.6 * capacity); // the clients take a part of the processors, too
    CHECK_GT(failed.size(), static_cast<std::size_t>(capacity));
    for (const auto& one : failed)
        if (one.find(": 503 ") == one.npos || one.find("\"outcome\":\"not-executed\"") == one.npos)
            FAIL_CHECK(one);
    if (answer.status != 200) CHECK_NE(answer.field("retry-after"), "");
    // It is over as soon as they are gone.
    CHECK(eventually(1500ms, [&] { return s.get("/work?ms=5").status == 200; }));
}

TEST_CASE("while all workers of a service are frozen, another is served; and they come back") {
    shop s;
    s.start_broker();
    s.start_gateway();
    s.start_worker("users");
    auto& frozen =
        s.start_program("probe-service", {"--bus", s.bus(), "--data", s.data().string()});
    REQUIRE(s.wait_served({"/users", "/who"}));
    read_load others{s.http_port(), 8, {"/users"}};
    read_load callers{s.http_port(), 100, {"/who"}};
    const auto before = rate_of(others, 1500ms);
    frozen.send(SIGSTOP);
    const auto during = rate_of(others, 4000ms);
    frozen.send(SIGCONT);
    CHECK(eventually(2000ms, [&] { return s.get("/who").status == 200; }));
    const auto refused = callers.stop();
    CHECK(others.stop().empty());
    MESSAGE("users: ", before, "/s before, ", during, "/s while the probe is frozen");
    CHECK_GE(during, 0.5 * before);
    for (const auto& one : refused) CHECK_MESSAGE(one.find(": 50") != one.npos, one);
}

} // namespace postbus::tests
