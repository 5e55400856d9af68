#include "schemas/json_schema.hpp"

#include "schemas/money.hpp"
#include "schemas/orders_v1.hpp"
#include "schemas/users_v1.hpp"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

namespace postbus::schemas {

namespace {

template <class T>
void check_schema(std::string_view expected) {
    const auto text = json_schema<T>();
    CAPTURE(text);
    CHECK(boost::json::parse(text) == boost::json::parse({expected.data(), expected.size()}));
}

} // namespace

TEST_CASE("a struct's schema says its types, its rules and what is required") {
    check_schema<users_v1::create_user>(
        R"({"type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":200}},
            "required":["name"],"additionalProperties":false})");
    check_schema<users_v1::user>(
        R"({"type":"object","properties":{"id":{"type":"integer","format":"int64"},
            "name":{"type":"string"}},"required":["id","name"],"additionalProperties":false})");
}

TEST_CASE("a text's form is a pattern in the schema") {
    check_schema<money>(
        R"({"type":"object","properties":{
            "amount":{"type":"integer","format":"int64","minimum":0,"maximum":1000000000000000},
            "currency":{"type":"string","pattern":"^[A-Z]{3}$"}},
            "required":["amount","currency"],"additionalProperties":false})");
}

TEST_CASE("an optional field is in the schema but not required") {
    check_schema<users_v1::list_users>(
        R"({"type":"object","properties":{
            "limit":{"type":"integer","format":"int64","minimum":1,"maximum":100},
            "after":{"type":"integer","format":"int64","minimum":0}},
            "required":[],"additionalProperties":false})");
}

TEST_CASE("arrays and structs within structs are described in place") {
    check_schema<orders_v1::create_order>(
        R"({"type":"object","properties":{
            "user":{"type":"integer","format":"int64","minimum":1},
            "items":{"type":"array","minItems":1,"maxItems":100,"items":{"type":"object",
                "properties":{"product":{"type":"string","minLength":1,"maxLength":64},
                    "quantity":{"type":"integer","format":"int64","minimum":1,"maximum":1000000}},
                "required":["product","quantity"],"additionalProperties":false}},
            "product":{"type":"string","minLength":1,"maxLength":64}},
            "required":["user"],"additionalProperties":false})");
}

TEST_CASE("a list's schema is an array of its element's") {
    check_schema<std::vector<bool>>(R"({"type":"array","items":{"type":"boolean"}})");
}

} // namespace postbus::schemas
