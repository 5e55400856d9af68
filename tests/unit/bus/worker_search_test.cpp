#include "bus/worker_search.hpp"

#include <doctest/doctest.h>

namespace postbus::bus {

TEST_CASE("with one broker a call waits there, and its refusal is the end") {
    worker_search search;
    CHECK_FALSE(search.hurries(1));
    CHECK_FALSE(search.refused(1));
}

TEST_CASE("with three brokers it hurries by two, waits at the third, and asks the two once more") {
    worker_search search;
    CHECK(search.hurries(3));
    CHECK(search.refused(3));
    CHECK(search.hurries(3));
    CHECK(search.refused(3));
    CHECK_FALSE(search.hurries(3));
    CHECK(search.refused(3));
    CHECK(search.hurries(3));
    CHECK(search.refused(3));
    CHECK(search.hurries(3));
    CHECK_FALSE(search.refused(3));
}

TEST_CASE("when the others are gone meanwhile it still waits somewhere before it gives up") {
    worker_search search;
    CHECK(search.hurries(2));
    CHECK(search.refused(1));
    CHECK_FALSE(search.hurries(1));
    CHECK_FALSE(search.refused(1));
}

} // namespace postbus::bus
