#pragma once

#include "schemas/events_v1.hpp"
#include "services/kit/query.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postbus::kit {

using schemas::events_v1::event;

namespace detail {

struct log_row {
    std::int64_t head = 0;
    std::int64_t first = 0;
};
BOOST_DESCRIBE_STRUCT(log_row, (), (head, first))

} // namespace detail

/// The events log of a database, on the connection that writes: appended to in the transaction that
/// changes the state. Its numbers come from a counter row in that transaction, so they are dense
/// and in commit order on every engine. Belongs to one thread.
class event_log {
public:
    explicit event_log(sql&);

    /// At the begin of a transaction, before anything else.
    void begin(std::int64_t now_unix_ms) noexcept;
    /// The number that the event has once the transaction commits.
    std::int64_t append(std::string_view topic, std::string_view key, std::string schema,
                        std::string data, std::string_view trace);
    /// For savepoints: what was appended after mark() is forgotten by undo().
    std::int64_t now_unix_ms() const noexcept { return now_; } ///< as the transaction began
    std::int64_t mark() const noexcept { return appended_; }
    void undo(std::int64_t to) noexcept { appended_ = to; }
    /// Before the commit: counts. The head as it will be; nothing when nothing was appended.
    std::optional<std::int64_t> save();

    /// Looks at the first `at_most` events, and drops those that are older than `keep_after` (Unix
    /// ms), up to the first that is not, or that somebody in `postbus_readers` who asked since then
    /// has not read. True when it dropped them all: there may be more.
    bool prune(std::int64_t keep_after, std::int64_t at_most);

private:
    std::int64_t now_ = 0;
    std::int64_t head_ = 0;
    bool known_ = false; // head_, in this transaction
    std::int64_t appended_ = 0;
    query<detail::log_row()> log_;
    query<void(std::int64_t)> set_head_;
    query<void(std::int64_t, std::string, std::string, std::string, std::string, std::string,
               std::int64_t)>
        insert_;
    query<std::optional<std::int64_t>(std::int64_t)> lowest_read_;
    query<std::optional<std::int64_t>(std::int64_t, std::int64_t, std::int64_t)> last_old_;
    query<void(std::int64_t)> drop_;
    query<void(std::int64_t)> set_first_;
};

} // namespace postbus::kit
