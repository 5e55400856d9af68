#pragma once

#include "gateway/field_view.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace postbus::gateway {

/// What goes back to the client. The views last while it is written.
struct response {
    unsigned status = 200;
    std::span<const field_view> fields = {}; ///< those that frame a message are left out
    std::string_view allow = {};             ///< the Allow field, if any
    unsigned retry_after = 0;                ///< seconds, for the field of that name; 0: none
    std::string_view body = {};              ///< JSON; a problem when status >= 400
};

/// How the connection goes on, and what of the body is sent.
struct delivery_mode {
    bool close = false;        ///< this answer is the connection's last
    bool http_1_0 = false;     ///< a client that must be told when the connection stays open
    bool without_body = false; ///< an answer to HEAD
};

/// Appends the whole message: status line, fields, body.
void write_response(const response&, delivery_mode, std::string_view date, std::string& out);

/// The standard phrase for a status: "Not Found".
std::string_view reason(unsigned status) noexcept;

inline constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

} // namespace postbus::gateway
