#pragma once

#include "schemas/describe.hpp"
#include "schemas/rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postbus::schemas {

/// RFC 9457 problem details, the body of every refusal. `outcome` is in every 502, 503 and 504:
/// "not-executed" (safe to repeat) or "unknown".
struct problem {
    std::string type = "about:blank";
    std::string title;
    std::int64_t status = 500;
    std::optional<std::string> detail;
    std::optional<field_errors> errors;
    std::optional<std::string> outcome;
};
BOOST_DESCRIBE_STRUCT(problem, (), (type, title, status, detail, errors, outcome))

} // namespace postbus::schemas
