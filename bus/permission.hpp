#pragma once

#include "bus/envelope.hpp"
#include "bus/policy.hpp"

#include <string>

namespace postbus::bus {

/// Why the holder of a key may not send this record; empty: it may. Pure, and quick where the
/// answer is yes: only then is the record one of many. Looks into a REQUEST's meta no further than
/// the rights make necessary.
std::string objection(const key_rights&, const record&);

} // namespace postbus::bus
