#include "tests/unit/gateway/exchange_scene.hpp"

#include <doctest/doctest.h>

namespace postbus::gateway {

namespace {

struct routes_of {
    explicit routes_of(std::vector<bus::service_description> services) : table{services, refused} {}

    std::string find(method wanted, std::string_view path) {
        last = table.match(wanted, path, decoder);
        return last.found == nullptr ? "" : last.found->operation;
    }

    std::vector<std::string> refused;
    route_table table;
    percent_decoder decoder;
    route_match last;
};

} // namespace

TEST_CASE("literal segments win over parameters, and the method decides between both") {
    routes_of routes{{make_service("users", {make_operation("get", "GET", "/users/{id}"),
                                             make_operation("me", "GET", "/users/me"),
                                             make_operation("own", "POST", "/users/own"),
                                             make_operation("list", "GET", "/users"),
                                             make_operation("pets", "GET", "/users/{user}/pets"),
                                             make_operation("root", "GET", "/")})}};
    CHECK(routes.refused.empty());
    CHECK_EQ(routes.find(method::get, "/users"), "list");
    CHECK_EQ(routes.find(method::head, "/users"), "list");
    CHECK_EQ(routes.find(method::get, "/users/me"), "me");
    CHECK_EQ(routes.find(method::get, "/users/7"), "get");
    CHECK_EQ(routes.last.values[0], "7");
    CHECK_EQ(routes.find(method::get, "/users/own"), "get"); // only POST is literal
    CHECK_EQ(routes.find(method::get, "/users/me/pets"), "pets");
    CHECK_EQ(routes.last.values[0], "me");
    CHECK_EQ(routes.find(method::get, "/"), "root");
}

TEST_CASE("no route is found for other paths, and other methods are told what there is") {
    routes_of routes{{make_service("users", {make_operation("list", "GET", "/users"),
                                             make_operation("get", "GET", "/users/{id}")})}};
    for (const auto* path : {"/", "/user", "/users/", "/users//", "//users", "/users/1/",
                             "/users/1/x", "/USERS", "/users%2F1"}) {
        CHECK_EQ(routes.find(method::get, path), "");
        CHECK(routes.last.allowed.empty());
    }
    CHECK_EQ(routes.find(method::post, "/users"), "");
    CHECK_EQ(routes.last.allowed.text(), "GET, HEAD, OPTIONS");
    CHECK_EQ(routes.find(method::other, "/users/1"), "");
    CHECK_FALSE(routes.last.allowed.empty());
}

TEST_CASE("path segments are decoded before they are matched and bound") {
    routes_of routes{{make_service("users", {make_operation("get", "GET", "/users/{id}")})}};
    CHECK_EQ(routes.find(method::get, "/%75%73ers/a%2Fb%20c+d"), "get");
    CHECK_EQ(routes.last.values[0], "a/b c+d");
    for (const auto* path : {"/users/%FF", "/users/%00", "/users/%C0%80", "/users/%ED%A0%80"}) {
        CHECK_EQ(routes.find(method::get, path), "");
        CHECK(routes.last.malformed);
    }
}

TEST_CASE("of two services with one method and path the first keeps it, the second is named") {
    routes_of routes{{make_service("a", {make_operation("a.list", "GET", "/things/{x}")}),
                      make_service("b", {make_operation("b.list", "GET", "/things/{y}"),
                                         make_operation("b.make", "POST", "/things/{y}")})}};
    CHECK_EQ(routes.find(method::get, "/things/1"), "a.list");
    CHECK_EQ(routes.last.found->parameters, std::vector<std::string>{"x"});
    CHECK_EQ(routes.find(method::post, "/things/1"), "b.make");
    REQUIRE_EQ(routes.refused.size(), 1);
    CHECK_EQ(routes.refused[0],
             "b.list of b/1 has no route: GET /things/{y} is already served by a/1");
}

TEST_CASE("templates that cannot be are refused with their reason") {
    std::string deep;
    for (int i = 0; i < 17; ++i) deep += "/{a}";
    routes_of routes{{make_service(
        "a", {make_operation("1", "GET", "things"), make_operation("2", "GET", "/metrics"),
              make_operation("3", "HEAD", "/things"), make_operation("4", "GET", "/th{ing}s"),
              make_operation("5", "GET", "/{}"), make_operation("6", "GET", deep),
              make_operation("7", "GET", "/a%20b"), make_operation("8", "GET", "")})}};
    CHECK_EQ(routes.refused.size(), 8);
    CHECK_EQ(routes.table.size(), 0);
    CHECK_EQ(routes.find(method::get, std::string(40, '/')), "");
}

} // namespace postbus::gateway
