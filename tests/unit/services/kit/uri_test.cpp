#include "services/kit/uri.hpp"

#include <doctest/doctest.h>

namespace postbus::kit {

TEST_CASE("all but unreserved characters are encoded") {
    CHECK_EQ(percent_encode("aZ9-._~"), "aZ9-._~");
    CHECK_EQ(percent_encode("a b/c?é>"), "a%20b%2Fc%3F%C3%A9%3E");
}

TEST_CASE("a path template is filled by name") {
    const auto value = [](std::string_view name) { return name == "id" ? "7" : "a/b"; };
    CHECK_EQ(fill_path("/users/{id}", value), "/users/7");
    CHECK_EQ(fill_path("/a/{id}/b/{name}/c", value), "/a/7/b/a%2Fb/c");
    CHECK_EQ(fill_path("/users", value), "/users");
    CHECK_EQ(fill_path("/users/{id", value), "/users/{id");
}

TEST_CASE("the link to the next page keeps the query") {
    CHECK_EQ(next_page_link("/orders", {{"after", "20"}, {"limit", "10"}, {"q", "a&b"}}),
             "</orders?after=20&limit=10&q=a%26b>; rel=\"next\"");
}

} // namespace postbus::kit
