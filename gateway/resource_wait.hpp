#pragma once

#include "bus/messages.hpp"
#include "gateway/meta_views.hpp"
#include "gateway/percent.hpp"
#include "gateway/route_table.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::gateway {

/// An answer that is held back until what it created has come to an end: `Prefer: wait`.
struct resource_wait {
    resource_wait(const route& created_by, std::chrono::seconds preferred,
                  std::chrono::steady_clock::time_point now);

    /// Keeps a reply beyond its message, the newest; but the first one's Location.
    void keep(std::span<const field_view> reply_fields, std::string_view reply_body);
    /// Whether the body says that the end is reached.
    bool over() const;
    std::string_view location() const noexcept; ///< empty: the reply named none

    std::string service; ///< whose event log tells of changes: "orders"
    std::vector<std::string> terminal_states;
    std::chrono::seconds wait;
    std::chrono::steady_clock::time_point until;
    std::vector<bus::field> fields; ///< of the newest reply
    std::string body;               ///< as last read
    bool reading = false;
    bool changed = false; ///< something happened since that read began
};

/// Whether a resource's JSON has a `status` that is one of these. Pure.
bool is_terminal(std::string_view body, std::span<const std::string> states);

/// The read of what a Location names, bound to `meta` (see admit()). Null: no service has it.
const route* bind_read(std::string_view location, const route_table&, percent_decoder&,
                       call_meta_view& meta);

} // namespace postbus::gateway
