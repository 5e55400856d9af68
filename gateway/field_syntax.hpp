#pragma once

#include <string_view>

/// The grammar of HTTP fields (RFC 9110, section 5), as strict as it is written.

namespace postbus::gateway {

/// One or more token characters.
bool is_token(std::string_view text) noexcept;
/// Visible characters, spaces, tabs and bytes above 127; no control character.
bool is_field_value(std::string_view text) noexcept;
/// Without the spaces and tabs around it.
std::string_view trim(std::string_view text) noexcept;
/// Equal but for the case of ASCII letters.
bool same_name(std::string_view a, std::string_view b) noexcept;

struct field_line {
    std::string_view name;
    std::string_view value; ///< trimmed

    /// Reads one line without its line ending. False: not a field. A folded line is none.
    bool parse(std::string_view line) noexcept;
};

} // namespace postbus::gateway
