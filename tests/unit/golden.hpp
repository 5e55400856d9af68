#pragma once

#include <string>
#include <string_view>

namespace postbus::tests {

/// The recorded bytes of tests/golden/NAME.hex. Schemas that were released are frozen: these bytes
/// do not change, a new version gets new files. With POSTBUS_RECORD_GOLDEN set, a missing file is
/// written from `now` instead; one that exists is never touched.
std::string golden(std::string_view name, std::string_view now);

/// Pairs of digits, 32 bytes a line.
std::string to_hex(std::string_view bytes);

} // namespace postbus::tests
