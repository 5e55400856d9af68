#include "tools/call_arguments.hpp"

#include <doctest/doctest.h>

using namespace postbus;
using fields = std::vector<bus::field>;

namespace {

bus::operation operation(std::string method, std::string path) {
    bus::operation out;
    out.name = "users.x";
    out.method = std::move(method);
    out.path = std::move(path);
    return out;
}

tools::call_arguments split(const bus::operation& what, std::string_view json) {
    std::string why;
    auto out = tools::split_arguments(what, json, why);
    REQUIRE_MESSAGE(out, why);
    return *out;
}

std::string refusal(const bus::operation& what, std::string_view json) {
    std::string why;
    CHECK_FALSE(tools::split_arguments(what, json, why));
    return why;
}

} // namespace

TEST_CASE("fields that the path template names go into the path, others into the body") {
    const auto made = split(operation("PATCH", "/users/{id}/x/{key}"),
                            R"({"name":"Al","id":3,"key":"a/b","deep":{"id":1}})");
    CHECK(made.meta.operation == "users.x");
    CHECK(made.meta.path == fields{{"id", "3"}, {"key", "a/b"}});
    CHECK(made.meta.query.empty());
    CHECK(made.body == R"({"name":"Al","deep":{"id":1}})");
}

TEST_CASE("an operation without a body takes the others in its query") {
    for (const auto* method : {"GET", "HEAD", "DELETE"}) {
        const auto made = split(operation(method, "/users/{id}"),
                                R"({"id":3,"after":9223372036854775807,"all":true,"name":"a b"})");
        CHECK(made.meta.path == fields{{"id", "3"}});
        CHECK(made.meta.query ==
              fields{{"after", "9223372036854775807"}, {"all", "true"}, {"name", "a b"}});
        CHECK(made.body.empty());
    }
}

TEST_CASE("a body that loses no field to the path arrives as it was written") {
    CHECK(split(operation("POST", "/users"), R"( { "x" : 1.50 } )").body == R"( { "x" : 1.50 } )");
    CHECK(split(operation("POST", "/users/{id}"), R"({"id":1})").body == "{}");
    CHECK(split(operation("POST", "/users"), "{}").body == "{}");
}

TEST_CASE("a field that is the whole body is sent alone, the others beside it") {
    auto publish = operation("POST", "/events/{topic}");
    publish.request_schema = R"({"properties":{"topic":{},"key":{},"data":{"x-whole-body":true}}})";
    const auto made = split(publish, R"({"topic":"a.b","key":"k","data":[1,{"a":2}]})");
    CHECK(made.meta.path == fields{{"topic", "a.b"}});
    CHECK(made.meta.query == fields{{"key", "k"}});
    CHECK(made.body == R"([1,{"a":2}])");
    CHECK(split(publish, R"({"topic":"a.b"})").body.empty());
}

TEST_CASE("what cannot be sent is refused, naming the field") {
    const auto get = operation("GET", "/users/{id}");
    CHECK(refusal(get, "{").starts_with("not valid JSON: "));
    CHECK(refusal(get, "[1]").starts_with("must be a JSON object"));
    CHECK(refusal(get, R"({"id":[1]})").starts_with("id: "));
    CHECK(refusal(get, R"({"id":1,"after":null})").starts_with("after: "));
    CHECK(refusal(operation("POST", "/users/{id}"), R"({"id":{}})").starts_with("id: "));
}
