#pragma once

#include "bus/errc.hpp"
#include "bus/messages.hpp"
#include "services/kit/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::kit {

/// What leaves for the caller: a REPLY's status, fields and body, or a refusal by the bus itself.
struct answer {
    bus::errc error = bus::errc::ok; ///< not ok: status, fields and body mean nothing
    bus::outcome outcome = bus::outcome::executed;
    std::uint16_t status = 200;
    std::vector<bus::field> fields;
    std::string body; ///< JSON unless a field content-type says otherwise, or empty
};

/// A refusal by the bus's own codes.
answer refused(bus::errc, bus::outcome);
/// A refusal as problem details (RFC 9457). 502, 503 and 504 say what is known of the effect.
answer problem(const refusal&, bus::outcome known = bus::outcome::not_executed);
/// 503 with Retry-After: the database cannot take it now.
answer storage_problem(std::string detail, bus::outcome known = bus::outcome::not_executed);
/// For a call that was sent before: another worker may have it still, frozen, and execute it after
/// all. What says not-executed then says unknown.
void doubt(answer&);
/// 500: a bug in the service; its log says more than the caller should see.
answer failure();

} // namespace postbus::kit
