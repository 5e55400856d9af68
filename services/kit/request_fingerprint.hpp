#pragma once

#include "bus/messages.hpp"

#include <string>
#include <string_view>

namespace postbus::kit {

/// SHA-256, in hexadecimal digits, of what makes two requests the same: operation, bound
/// parameters, content type and the body's bytes; not who asks, nor its trace. Each part goes in
/// behind its length, so that no two requests become one text. Pure.
std::string request_fingerprint(const bus::call_meta&, std::string_view body);

} // namespace postbus::kit
