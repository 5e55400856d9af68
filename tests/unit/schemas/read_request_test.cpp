#include "schemas/json_read.hpp"
#include "schemas/users_v1.hpp"

#include <doctest/doctest.h>

#include <string>

namespace postbus::schemas {

namespace {

/// "field: message" a line.
std::string lines(const field_errors& errors) {
    std::string out;
    for (const auto& error : errors) out += error.field + ": " + error.message + '\n';
    return out;
}

} // namespace

TEST_CASE("a request is bound by name from its path, its query and its body") {
    json_document body;
    REQUIRE(body.parse(R"({"name":"Dave"})"));
    const text_value texts[] = {{"id", "7"}};
    users_v1::update_user request;
    field_errors errors;
    CHECK(read_request(texts, &body.root(), request, errors));
    CHECK_EQ(request.id, 7);
    CHECK_EQ(request.name, "Dave");
}

TEST_CASE("a request without a body is bound from its texts alone") {
    const text_value texts[] = {{"limit", "5"}, {"after", "0"}};
    users_v1::list_users request;
    field_errors errors;
    CHECK(read_request(texts, nullptr, request, errors));
    CHECK(request.limit == 5);
    CHECK(request.after == 0);
}

TEST_CASE("a field given twice is a fault, wherever it is given") {
    json_document body;
    REQUIRE(body.parse(R"({"id":8,"name":"Dave"})"));
    const text_value once[] = {{"id", "7"}};
    users_v1::update_user request;
    field_errors errors;
    CHECK_FALSE(read_request(once, &body.root(), request, errors));
    CHECK_EQ(lines(errors), "id: is given twice\n");

    const text_value twice[] = {{"limit", "1"}, {"limit", "2"}};
    users_v1::list_users list;
    errors.clear();
    CHECK_FALSE(read_request(twice, nullptr, list, errors));
    CHECK_EQ(lines(errors), "limit: is given twice\n");
}

TEST_CASE("unknown names in the query and in the body are both refused") {
    json_document body;
    REQUIRE(body.parse(R"({"name":"a","colour":1})"));
    const text_value texts[] = {{"size", "1"}};
    users_v1::create_user request;
    field_errors errors;
    CHECK_FALSE(read_request(texts, &body.root(), request, errors));
    CHECK_EQ(lines(errors), "size: is unknown; known here: name\n"
                            "colour: is unknown; known here: name\n");
}

TEST_CASE("a body that is no object is a fault of its own") {
    json_document body;
    REQUIRE(body.parse("[]"));
    users_v1::create_user request;
    field_errors errors;
    CHECK_FALSE(read_request({}, &body.root(), request, errors));
    CHECK_EQ(lines(errors), ": the body must be a JSON object\nname: is missing\n");
}

TEST_CASE("an integer in a path or a query is digits and nothing else") {
    const auto faults = [](std::string_view text) {
        const text_value texts[] = {{"id", text}};
        users_v1::get_user request;
        field_errors errors;
        read_request(texts, nullptr, request, errors);
        return lines(errors);
    };
    CHECK_EQ(faults("1"), "");
    CHECK_EQ(faults("9223372036854775807"), "");
    CHECK_EQ(faults("0"), "id: must be at least 1\n");
    CHECK_EQ(faults("-1"), "id: must be at least 1\n");
    CHECK(faults("9223372036854775808").starts_with("id: is out of range"));
    for (const auto* text : {"", " 1", "1 ", "+1", "1.0", "1e3", "0x1", "one", "1;", "--1"}) {
        CAPTURE(text);
        CHECK_EQ(faults(text), "id: must be an integer\n");
    }
}

} // namespace postbus::schemas
