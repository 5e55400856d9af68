#pragma once

#include "schemas/events_v1.hpp"
#include "services/kit/cursors.hpp"
#include "services/kit/query.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postbus::kit {

/// Why a source's log is not the one that a consumer has read so far. Nothing of it is read then
/// until an operator accepts it: what to read again, and what is lost, no program can know.
enum class source_change {
    none,
    replaced,       ///< it is another database
    went_back,      ///< its newest event is below the cursor: an older state was restored
    events_missing, ///< events behind the cursor are not kept any more
};

source_change change_of(const cursor& at, const schemas::events_v1::page& now);
std::string_view name(source_change) noexcept; ///< "replaced", "went-back", "events-missing"

namespace detail {

struct change_row {
    std::string reason;
    std::string database;
    std::int64_t first = 0;
    std::int64_t head = 0;
};
BOOST_DESCRIBE_STRUCT(change_row, (), (reason, database, first, head))

} // namespace detail

/// The changes that wait for an operator, as they were found first: what comes into the log after
/// that is new, whatever is accepted. On the connection that writes.
class source_changes {
public:
    explicit source_changes(sql&);

    bool holds(const std::string& source);
    /// In a transaction. False: this was noted already.
    bool note(const std::string& source, source_change, const schemas::events_v1::page&,
              std::int64_t now_unix_ms);
    void forget(const std::string& source);

private:
    query<detail::change_row(std::string)> find_;
    query<void(std::string, std::string, std::string, std::int64_t, std::int64_t, std::int64_t)>
        insert_;
    query<void(std::string)> remove_;
};

} // namespace postbus::kit
