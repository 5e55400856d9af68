#pragma once

#include "services/kit/query.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace postbus::kit {

/// How far a consumer has come in a source's log. It lives in the consumer's own database, and
/// moves in the transaction of the effects.
struct cursor {
    std::string database; ///< id of the source's; empty: it has read nothing yet
    std::int64_t seq = 0; ///< of the last event it is done with

    bool operator==(const cursor&) const = default;
};
BOOST_DESCRIBE_STRUCT(cursor, (), (database, seq))

class cursors {
public:
    explicit cursors(sql&);

    cursor load(const std::string& source);
    /// False when another worker moved it meanwhile: what stands behind it is done already.
    bool move(const std::string& source, const cursor& from, const cursor& to);

private:
    query<cursor(std::string)> load_;
    query<void(std::string, std::int64_t, std::string, std::string, std::int64_t)> move_;
    query<void(std::string, std::string, std::int64_t)> insert_;
};

} // namespace postbus::kit
