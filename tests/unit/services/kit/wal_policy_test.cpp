#include "services/kit/wal_policy.hpp"

#include <doctest/doctest.h>

namespace postbus::kit {

namespace {

using namespace std::chrono_literals;
using step = wal_policy::step;
constexpr wal_policy::time_point start{1000h};
constexpr wal_limits limits{.checkpoint = 100, .truncate = 1000, .refuse = 5000};

} // namespace

TEST_CASE("a log is moved when it is large, and cut when it is very large") {
    wal_policy policy{limits};
    CHECK_EQ(policy.next(99, start), step::none);
    CHECK_EQ(policy.next(100, start), step::passive);
    CHECK_EQ(policy.next(1000, start), step::truncate);
}

TEST_CASE("after a reader kept it from finishing, the next try waits") {
    wal_policy policy{limits};
    policy.tried(false, 150, start);
    CHECK_EQ(policy.next(200, start + 999ms), step::none);
    CHECK_EQ(policy.next(250, start + 1ms), step::passive);
    CHECK_EQ(policy.next(200, start + 1s), step::passive);
}

TEST_CASE("a log that is moved and goes on growing is moved again when it has grown as much") {
    wal_policy policy{limits};
    policy.tried(true, 150, start);
    CHECK_EQ(policy.next(249, start + 1h), step::none);
    CHECK_EQ(policy.next(250, start), step::passive);
    CHECK_EQ(policy.next(99, start), step::none); // it began anew
    CHECK_EQ(policy.next(100, start), step::passive);
}

TEST_CASE("a log past its limit takes no more writes") {
    wal_policy policy{limits};
    CHECK_FALSE(policy.refuses_writes(4999));
    CHECK(policy.refuses_writes(5000));
}

} // namespace postbus::kit
