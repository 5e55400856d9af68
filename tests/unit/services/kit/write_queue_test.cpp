#include "services/kit/write_queue.hpp"

#include <doctest/doctest.h>

namespace postbus::kit {

namespace {

using namespace std::chrono_literals;
constexpr write_queue::time_point start{1000h};

std::unique_ptr<call> numbered(std::uint64_t number, bool alone = false) {
    auto c = std::make_unique<call>();
    c->delivery.id.low = number;
    c->alone = alone;
    return c;
}

std::vector<std::uint64_t> numbers(const std::vector<std::unique_ptr<call>>& calls) {
    std::vector<std::uint64_t> out;
    for (const auto& c : calls) out.push_back(c->delivery.id.low);
    return out;
}

using list = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("a batch takes the calls that came first, up to its size") {
    write_queue queue;
    for (std::uint64_t i = 1; i <= 5; ++i) queue.push(numbered(i), start);
    CHECK_EQ(numbers(queue.next(3, start)), list{1, 2, 3});
    CHECK_EQ(numbers(queue.next(3, start)), list{4, 5});
    CHECK(queue.empty());
    CHECK(queue.next(3, start).empty());
}

TEST_CASE("undone calls go back to the front in their order") {
    write_queue queue;
    for (std::uint64_t i = 1; i <= 4; ++i) queue.push(numbered(i), start);
    auto taken = queue.next(3, start);
    taken[1]->alone = true;
    queue.put_back(std::move(taken), start);
    CHECK_EQ(queue.size(), 4);
    CHECK_EQ(numbers(queue.next(9, start)), list{1, 3, 4});
    CHECK_EQ(numbers(queue.next(9, start)), list{2});
}

TEST_CASE("a call that is to run alone shares no batch and lets the others go first") {
    write_queue queue;
    queue.push(numbered(1, true), start);
    queue.push(numbered(2), start);
    queue.push(numbered(3, true), start);
    CHECK_EQ(numbers(queue.next(9, start)), list{2});
    CHECK_EQ(numbers(queue.next(9, start)), list{1});
    CHECK_EQ(numbers(queue.next(9, start)), list{3});
}

TEST_CASE("a call that is to run alone waits no longer than 100 ms, one at a time") {
    write_queue queue;
    queue.push(numbered(1, true), start);
    queue.push(numbered(2, true), start);
    queue.push(numbered(3), start);
    queue.push(numbered(4), start);
    CHECK_EQ(numbers(queue.next(1, start + 99ms)), list{3});
    CHECK_EQ(numbers(queue.next(1, start + 100ms)), list{1});
    CHECK_EQ(numbers(queue.next(1, start + 150ms)), list{4});
    CHECK_EQ(numbers(queue.next(1, start + 150ms)), list{2});
}

TEST_CASE("what is asked for is taken out of both kinds") {
    write_queue queue;
    for (std::uint64_t i = 1; i <= 4; ++i) queue.push(numbered(i, i > 2), start);
    CHECK(queue.take_if([](const call&) { return false; }).empty());
    const auto even = queue.take_if([](const call& c) { return c.delivery.id.low % 2 == 0; });
    CHECK_EQ(numbers(even), list{2, 4});
    CHECK_EQ(numbers(queue.next(9, start)), list{1});
    CHECK_EQ(numbers(queue.next(9, start)), list{3});
}

} // namespace postbus::kit
