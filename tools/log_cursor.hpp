#pragma once

#include "bus/messages.hpp"
#include "schemas/events_v1.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace postbus::tools {

/// Where a reader of one service's events log is, and what it asks for next. Each event is shown
/// once, in the order of the log, whatever is asked or heard twice. Pure.
class log_cursor {
public:
    /// From the oldest event that is kept, or from those that happened since `since_unix_ms`.
    log_cursor(bool from_start, std::int64_t since_unix_ms)
        : from_start_{from_start}, since_{since_unix_ms} {}

    schemas::events_v1::read_events next() const;

    struct step {
        std::span<const schemas::events_v1::event> fresh; ///< in the page: to be shown
        bool more = false;                                ///< ask again at once
        std::string warning;                              ///< for the operator; empty: none
    };
    /// What the answer to next() brings.
    step take(const schemas::events_v1::page&);

    /// A wake-up tells of events that are not shown yet.
    bool behind(const bus::log_head&) const;

private:
    void enter(const schemas::events_v1::page&);

    bool from_start_;
    std::int64_t since_;
    std::string database_;       // empty: not heard of
    std::int64_t at_ = 0;        // everything up to here is shown
    std::int64_t old_until_ = 0; // up to here, what happened before since_ is passed over
    std::map<std::string, std::int64_t> left_at_; // databases that were here before
};

} // namespace postbus::tools
