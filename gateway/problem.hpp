#pragma once

#include "bus/errc.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace postbus::gateway {

/// Why the gateway itself refused a request. Each has a status, a stable `type`
/// ("urn:postbus:problem:not-found") and a sentence.
enum class refusal {
    malformed_request,
    malformed_text,
    malformed_key,
    not_found,
    method_not_allowed,
    request_timeout,
    content_too_large,
    target_too_long,
    unsupported_media_type,
    expectation_failed,
    head_too_large,
    not_implemented,
    version_not_supported,
    routes_not_known,
    too_many_connections,
    draining,
};
inline constexpr std::size_t refusals = static_cast<std::size_t>(refusal::draining) + 1;

/// As in its type: "not-found".
std::string_view name(refusal) noexcept;

/// What a client is told (RFC 9457), ready to be written.
struct problem_answer {
    unsigned status = 500;
    std::string body;
};

/// A gateway's own 503 is always "not-executed": nothing was sent.
problem_answer describe(refusal);
/// A call that the bus refused. What is known of its effect is always said with 502, 503 and 504,
/// and when it was forbidden.
problem_answer describe(bus::errc, bus::outcome);

/// The Retry-After field of an answer, in seconds: from what a request would have waited, where
/// that is known, and at most half a minute. 0: it has none.
unsigned retry_after(unsigned status, std::chrono::milliseconds expected_wait = {}) noexcept;

} // namespace postbus::gateway
