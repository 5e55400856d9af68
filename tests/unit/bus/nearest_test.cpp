#include "bus/nearest.hpp"

#include <doctest/doctest.h>

using postbus::bus::edit_distance;
using postbus::bus::nearest;

TEST_CASE("the edit distance counts inserted, removed, replaced and swapped bytes") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("abc", "") == 3);
    CHECK(edit_distance("http", "http") == 0);
    CHECK(edit_distance("htpp", "http") == 1);
    CHECK(edit_distance("htt", "http") == 1);
    CHECK(edit_distance("hhttp", "http") == 1);
    CHECK(edit_distance("hptt", "http") == 2);
    CHECK(edit_distance("ab", "ba") == 1);
    CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the edit distance is the same both ways") {
    for (const auto* a : {"users.list", "orders.get", "", "x"})
        for (const auto* b : {"users.get", "order.gte", "abc"})
            CHECK(edit_distance(a, b) == edit_distance(b, a));
}

TEST_CASE("the nearest name is the one that was probably meant") {
    CHECK(nearest("user.list", {"orders.list", "users.list", "users.get"}) == "users.list");
    CHECK(nearest("zz", {"ab", "cd"}) == "ab");
    CHECK(nearest("zz", {}).empty());
}
