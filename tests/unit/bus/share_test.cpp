#include "bus/open_share.hpp"

#include <doctest/doctest.h>

#include <string>

namespace postbus::bus::tests {

namespace {

std::size_t take_all(open_share& store, const std::string& service, std::size_t bytes = 0) {
    std::size_t taken = 0;
    while (store.take(service, bytes)) ++taken;
    return taken;
}

} // namespace

TEST_CASE("one service whose calls do not come back gets half of what there is, the next a third") {
    open_share store{1000, 1000};
    CHECK_EQ(take_all(store, "frozen/1"), 500);
    CHECK_EQ(take_all(store, "other/1"), 250); // half of what was free
    CHECK_EQ(take_all(store, "third/1"), 125);
    CHECK(store.take("fourth/1", 0));
}

TEST_CASE("bytes are shared in the same way, and what comes back is there for anybody") {
    open_share store{1000, 10'000};
    CHECK_EQ(take_all(store, "frozen/1", 1000), 4); // a fifth would be more than what is left
    const auto held = store.take("users/1", 1000);
    REQUIRE(held);
    CHECK_FALSE(store.take("frozen/1", 1000));
    CHECK(store.take("frozen/1", 0)); // it is at its share of bytes, not of calls
    store.give_back(*held);
    CHECK_EQ(take_all(store, "users/1", 1000), 2);
}

} // namespace postbus::bus::tests
