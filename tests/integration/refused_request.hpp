#pragma once

#include "tests/integration/http.hpp"

#include <string>

namespace postbus::tests {

/// A request that must be refused, and how.
struct refused_request {
    const char* what;
    const char* method;
    const char* path;
    std::string body;
    int status;
    const char* field; ///< named in the problem's errors; empty: none
    http_fields fields = {};
};

/// The answer is a whole problem with that status, which names that field.
void check_problem(const http_response& answer, const refused_request& expected);

} // namespace postbus::tests
