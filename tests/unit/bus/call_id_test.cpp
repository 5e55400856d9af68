#include "bus/call_id.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace postbus::bus {

namespace {

constexpr std::int64_t some_time = 1'700'000'000'000;

void check_is_uuid_v7(const call_id& id) {
    CHECK_EQ((id.high >> 12U) & 15U, 7U);
    CHECK_EQ(id.low >> 62U, 2U);
}

} // namespace

TEST_CASE("an id carries its time, and version and variant of a UUIDv7") {
    call_id_source source;
    const auto id = source.next(some_time);
    CHECK_EQ(id.unix_ms(), some_time);
    check_is_uuid_v7(id);
}

TEST_CASE("ids of one source only grow, also within a millisecond") {
    call_id_source source;
    call_id last;
    for (int i = 0; i < 200'000; ++i) {
        const auto id = source.next(some_time + i / 100'000);
        if (id <= last) FAIL("not greater than the one before: ", id.text());
        last = id;
    }
    CHECK_LE(last.unix_ms(), some_time + 2);
    check_is_uuid_v7(last);
}

TEST_CASE("ids go on growing when the clock steps back") {
    call_id_source source;
    const auto before = source.next(some_time);
    auto last = before;
    for (int i = 1; i <= 10'000; ++i) {
        const auto id = source.next(some_time - 3'600'000 + i);
        if (id <= last) FAIL("not greater than the one before: ", id.text());
        last = id;
    }
    check_is_uuid_v7(last);
    CHECK_GT(source.next(some_time + 60'000), last);
}

TEST_CASE("two sources do not make the same ids") {
    call_id_source a;
    call_id_source b;
    std::set<call_id> seen;
    for (int i = 0; i < 10'000; ++i) {
        CHECK(seen.insert(a.next(some_time)).second);
        CHECK(seen.insert(b.next(some_time)).second);
    }
}

TEST_CASE("an id's text is 32 digits and orders as the id does") {
    CHECK_EQ((call_id{0x0190'1234'5678'7abcU, 0x8123'4567'89ab'cdefU}.text()),
             "0190123456787abc8123456789abcdef");
    std::vector<call_id> ids{{0, 0}, {0, 1}, {1, 0}, {0x7FFF'FFFF'FFFF'FFFFU, 5}, {~0U, ~0U}};
    call_id_source source;
    for (int i = 0; i < 100; ++i) ids.push_back(source.next(some_time + i * 7'919));
    for (const auto& a : ids)
        for (const auto& b : ids) CHECK_EQ(a < b, a.text() < b.text());
}

TEST_CASE("an id's text is read back, and nothing else is") {
    call_id_source source;
    for (int i = 0; i < 1000; ++i) {
        const auto id = source.next(some_time + i);
        CHECK(call_id::parse(id.text()) == id);
    }
    const auto good = source.next(some_time).text();
    CHECK_FALSE(call_id::parse(""));
    CHECK_FALSE(call_id::parse(good.substr(1)));
    CHECK_FALSE(call_id::parse(good + '0'));
    CHECK_FALSE(call_id::parse("0190123-" + good.substr(8)));
    for (std::size_t at = 0; at < good.size(); ++at)
        for (const char wrong : {'g', ' ', '-', '+', '\0', 'x'}) {
            auto text = good;
            text[at] = wrong;
            CAPTURE(text);
            CHECK_FALSE(call_id::parse(text));
        }
}

TEST_CASE("the first id of a millisecond is above all earlier ones and below its own") {
    call_id_source source;
    const auto earlier = source.next(some_time - 1);
    const auto own = source.next(some_time);
    const auto edge = call_id::first_at(some_time);
    CHECK_LT(earlier, edge);
    CHECK_LT(edge, own);
    CHECK_EQ(edge.unix_ms(), some_time);
}

TEST_CASE("ids that differ little are hashed far apart") {
    const call_id_hash hash;
    std::set<std::size_t> buckets;
    for (std::uint64_t i = 0; i < 4096; ++i) buckets.insert(hash({7, i}) % 4096);
    // Random placement leaves about 63% of the buckets used.
    CHECK_GT(buckets.size(), 2300U);
}

} // namespace postbus::bus
