#include "services/kit/lock_record.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace postbus::kit {

namespace {

using namespace std::chrono_literals;
using state = lock_record::state;

constexpr lock_watch::time_point start{1000h};

lock_record held(std::uint64_t acquisition, state now = state::held) {
    return {now, 1234, 567'890, acquisition};
}

} // namespace

TEST_CASE("a lock record reads back as it was written") {
    for (const auto& record : {lock_record{}, held(1), held(2, state::exempt),
                               lock_record{state::held, std::numeric_limits<pid_t>::max(),
                                           std::numeric_limits<std::uint64_t>::max(),
                                           std::numeric_limits<std::uint64_t>::max()}}) {
        const auto text = format(record);
        CHECK_EQ(text.size(), lock_record_size);
        CHECK(parse_lock_record(text) == record);
    }
}

TEST_CASE("anything else is no lock record") {
    auto text = format(held(1));
    CHECK_FALSE(parse_lock_record(""));
    CHECK_FALSE(parse_lock_record(text.substr(1)));
    CHECK_FALSE(parse_lock_record(text + ' '));
    text.replace(0, 4, "junk");
    CHECK_FALSE(parse_lock_record(text));
    CHECK_FALSE(parse_lock_record(std::string(lock_record_size - 1, '\0') + '\n'));
}

TEST_CASE("one acquisition that lasts two seconds is stuck, many in a row are not") {
    lock_watch watch;
    for (auto t = 0ms; t < 2s; t += 50ms) CHECK_FALSE(watch.stuck(held(1), start + t));
    CHECK(watch.stuck(held(1), start + 2s));

    watch.reset();
    std::uint64_t acquisition = 0;
    for (auto t = 0ms; t < 10s; t += 50ms) CHECK_FALSE(watch.stuck(held(++acquisition), start + t));
}

TEST_CASE("a migration may take its time") {
    lock_watch watch;
    for (auto t = 0ms; t < 60s; t += 100ms)
        CHECK_FALSE(watch.stuck(held(1, state::exempt), start + t));
}

TEST_CASE("a waiter that was frozen itself does not blame the holder for that time") {
    lock_watch watch;
    CHECK_FALSE(watch.stuck(held(1), start));
    CHECK_FALSE(watch.stuck(held(1), start + 1h));
    for (auto t = 50ms; t < 1700ms; t += 50ms) CHECK_FALSE(watch.stuck(held(1), start + 1h + t));
    CHECK(watch.stuck(held(1), start + 1h + 1750ms));
}

} // namespace postbus::kit
