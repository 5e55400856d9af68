#pragma once

#include <string_view>

namespace postbus::gateway {

/// What a request line asks for (RFC 9112, section 3.2), still percent-encoded.
struct target {
    std::string_view path;  ///< begins with '/', or is "*" (only with OPTIONS)
    std::string_view query; ///< without '?'

    /// False: malformed. Of an absolute-form (http://host/path) the authority is dropped. Percent
    /// signs are checked here, what they decode to is not.
    bool parse(std::string_view method, std::string_view text) noexcept;
};

/// The value of a Host field: a name, an IPv4 address or an IPv6 address in brackets, and perhaps a
/// port. Empty is allowed (RFC 9110, section 7.2).
bool is_host(std::string_view text) noexcept;

} // namespace postbus::gateway
