#pragma once

#include "schemas/rules.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>

namespace postbus::kit {

/// Why a handler says no: an HTTP status from 400 and a sentence for a person. A refusal undoes
/// what the handler wrote. Below 500 it is recorded like a success, so that a repeated call hears
/// the same; a 5xx is not, so that it may succeed later.
struct refusal {
    std::uint16_t status = 500;
    std::string detail;
    schemas::field_errors errors; ///< the fields at fault
};

/// What a handler returns: a reply or a refusal.
template <class T>
using result = boost::system::result<T, refusal>;

/// A reply for programs: bytes in the bus's own encoding (schemas/codec.hpp) instead of JSON, for
/// what is read so often that writing and reading JSON would be most of the work.
struct packed {
    std::string bytes;
};

refusal not_found(std::string detail);                   ///< 404
refusal conflict(std::string detail);                    ///< 409
refusal invalid(std::string field, std::string message); ///< 422 for one field
refusal unavailable(std::string detail);                 ///< 503, nothing was done

} // namespace postbus::kit
