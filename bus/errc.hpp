#pragma once

#include <cstdint>
#include <string_view>

namespace postbus::bus {

/// Why the bus itself refused a call. On the wire in a REPLY's head.
enum class errc : std::uint8_t {
    ok = 0,
    unknown_service,    ///< no service of that name and version has announced itself
    no_worker,          ///< the service is known, but no worker of it came back within the grace
    queue_full,         ///< the service's queue is at its limit in count or bytes
    expired,            ///< the time limit ran out
    resends_used_up,    ///< every worker that had the call died or froze
    cancelled,          ///< the caller took it back
    too_late,           ///< a write whose record may have been pruned (see the watermark)
    broker_unreachable, ///< no broker is connected
    shutting_down,      ///< this process is on its way out
    storage,            ///< the worker's database could not take the write (full, locked, broken)
    malformed,          ///< the message could not be decoded
    failed,             ///< the handler failed (a bug: see the worker's log)
    forbidden,          ///< the broker's policy does not let this key do that, or does not know it
};
inline constexpr errc last_errc = errc::forbidden;

/// What is known of a call's effect.
enum class outcome : std::uint8_t { executed = 0, not_executed, unknown };

/// The HTTP status that says the same: 403, 404, 500, 502, 503 or 504.
int http_status(errc) noexcept;
/// A sentence for a person.
std::string_view message(errc) noexcept;
/// "not-executed" or "unknown"; empty for executed.
std::string_view name(outcome) noexcept;

} // namespace postbus::bus
