#pragma once

#include "schemas/describe.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// What a service says of its own books, version 1.

namespace postbus::schemas::audit_v1 {

struct figure {
    std::string name;
    std::int64_t value = 0;
};
BOOST_DESCRIBE_STRUCT(figure, (), (name, value))

/// A rule that does not hold, for whom, and the two figures that should have been equal.
struct broken_rule {
    std::string rule;    ///< a sentence: "the ledger has one capture"
    std::string subject; ///< "Book", "order 7"
    std::int64_t expected = 0;
    std::int64_t found = 0;

    bool operator==(const broken_rule&) const = default;
};
BOOST_DESCRIBE_STRUCT(broken_rule, (), (rule, subject, expected, found))

struct audit {
    std::vector<figure> figures;
    std::vector<broken_rule> broken; ///< the first max_broken of them
    std::int64_t broken_count = 0;
};
BOOST_DESCRIBE_STRUCT(audit, (), (figures, broken, broken_count))

inline constexpr std::int64_t max_broken = 100;

/// Notes the rule as broken unless the figures are equal.
inline void expect(audit& to, std::string rule, const std::string& subject, std::int64_t expected,
                   std::int64_t found) {
    if (expected == found) return;
    if (++to.broken_count <= max_broken)
        to.broken.push_back({std::move(rule), subject, expected, found});
}

} // namespace postbus::schemas::audit_v1
