#include "gateway/refused_routes.hpp"

#include <doctest/doctest.h>

namespace postbus::gateway {

using sentences = std::vector<std::string>;

TEST_CASE("an operation without a route is told of once, until that changes") {
    refused_routes told;
    CHECK(told.news({"b has no route", "a has no route"}) ==
          sentences{"b has no route", "a has no route"});
    CHECK(told.news({"a has no route", "b has no route"}).empty());
    CHECK(told.news({"a has no route", "c has no route"}) == sentences{"c has no route"});
    CHECK(told.news({"b has no route"}) == sentences{"b has no route"}); // it had one meanwhile
    CHECK(told.news({}).empty());
}

} // namespace postbus::gateway
