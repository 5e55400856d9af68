#pragma once

#include "schemas/describe.hpp"
#include "schemas/rules.hpp"

#include <array>
#include <cstdint>
#include <optional>
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

/// Asks for what a service has in its books about orders from `first` on, in the order of their
/// ids; at most `limit`.
struct read_books {
    std::int64_t first = 0;
    std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(read_books, (), (first, limit))

struct order_entry {
    std::int64_t order = 0;
    std::string status;
    std::int64_t amount = 0; ///< 0: not known yet
    std::string currency;
    std::int64_t age_ms = 0;
};
BOOST_DESCRIBE_STRUCT(order_entry, (), (order, status, amount, currency, age_ms))

struct order_books {
    std::int64_t payments_read = 0; ///< how far it has read the payments' log
    std::vector<order_entry> entries;
};
BOOST_DESCRIBE_STRUCT(order_books, (), (payments_read, entries))

struct payment_entry {
    std::int64_t order = 0;
    std::string status;
    std::int64_t amount = 0;
    std::string currency;
};
BOOST_DESCRIBE_STRUCT(payment_entry, (), (order, status, amount, currency))

struct payment_books {
    std::int64_t head = 0; ///< of the payments' log, for which this holds
    std::vector<payment_entry> entries;
};
BOOST_DESCRIBE_STRUCT(payment_books, (), (head, entries))

struct stock_entry {
    std::int64_t order = 0;
    std::int64_t held = 0; ///< pieces
    std::int64_t sold = 0;
};
BOOST_DESCRIBE_STRUCT(stock_entry, (), (order, held, sold))

struct stock_books {
    std::vector<stock_entry> entries;
};
BOOST_DESCRIBE_STRUCT(stock_books, (), (entries))

inline constexpr std::int64_t max_entries = 20'000;

inline constexpr std::int64_t max_broken = 100;

/// Notes the rule as broken unless the figures are equal.
inline void expect(audit& to, std::string rule, const std::string& subject, std::int64_t expected,
                   std::int64_t found) {
    if (expected == found) return;
    if (++to.broken_count <= max_broken)
        to.broken.push_back({std::move(rule), subject, expected, found});
}

} // namespace postbus::schemas::audit_v1

namespace postbus::schemas {

template <>
struct rules<audit_v1::read_books> {
    static constexpr std::array value{
        field_rule{.field = "first", .minimum = 0},
        field_rule{.field = "limit", .minimum = 1, .maximum = audit_v1::max_entries}};
};

} // namespace postbus::schemas
