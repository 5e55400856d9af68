#include "tests/integration/refused_request.hpp"

#include "tests/integration/shop.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

void check_problem(const http_response& answer, const refused_request& expected) {
    CAPTURE(expected.what);
    CAPTURE(answer.body);
    CHECK_EQ(answer.status, expected.status);
    CHECK_EQ(answer.field("content-type"), "application/problem+json");
    const auto problem = parse_json(answer.body);
    CHECK_EQ(problem.at("status").as_int64(), expected.status);
    CHECK_FALSE(problem.at("title").as_string().empty());
    CHECK_FALSE(problem.at("type").as_string().empty());
    CHECK_FALSE(problem.at("detail").as_string().empty());
    if (*expected.field == '\0') return;
    bool named = false;
    for (const auto& error : problem.at("errors").as_array()) {
        named |= error.at("field").as_string() == expected.field;
        CHECK_FALSE(error.at("message").as_string().empty());
    }
    CHECK_MESSAGE(named, "no error names ", expected.field);
}

} // namespace postbus::tests
