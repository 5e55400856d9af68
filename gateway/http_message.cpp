#include "gateway/http_message.hpp"

#include "gateway/field_syntax.hpp"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <charconv>

namespace postbus::gateway {

namespace {

/// The gateway's own to say. A worker that names one is not heard.
constexpr std::string_view own_fields[] = {"connection", "content-length", "date",
                                           "keep-alive", "trailer",        "transfer-encoding",
                                           "upgrade"};

bool passes(const field_view& field) {
    return is_token(field.name) && is_field_value(field.value) &&
           std::none_of(std::begin(own_fields), std::end(own_fields),
                        [&](std::string_view own) { return same_name(own, field.name); });
}

void append_number(std::uint64_t value, std::string& out) {
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void append_status_line(unsigned status, std::string& out) {
    if (status == 200) { // nearly all of them
        out += "HTTP/1.1 200 OK\r\n";
        return;
    }
    out += "HTTP/1.1 ";
    append_number(status, out);
    out += ' ';
    out += reason(status);
    out += "\r\n";
}

} // namespace

void write_response(const response& one, delivery_mode mode, std::string_view date,
                    std::string& out) {
    append_status_line(one.status, out);
    out += "Date: ";
    out += date;
    bool typed = false;
    for (const auto& field : one.fields) {
        if (!passes(field)) continue;
        typed |= same_name(field.name, "content-type");
        out += "\r\n";
        out += field.name;
        out += ": ";
        out += field.value;
    }
    const bool bodiless = one.status == 204 || one.status == 304;
    if (!bodiless) {
        if (!typed && !one.body.empty())
            out += one.status >= 400 ? "\r\nContent-Type: application/problem+json"
                                     : "\r\nContent-Type: application/json";
        out += "\r\nContent-Length: ";
        append_number(one.body.size(), out);
    }
    if (!one.allow.empty()) {
        out += "\r\nAllow: ";
        out += one.allow;
    }
    if (one.retry_after != 0) {
        out += "\r\nRetry-After: ";
        append_number(one.retry_after, out);
    }
    if (mode.close) out += "\r\nConnection: close";
    else if (mode.http_1_0) out += "\r\nConnection: keep-alive";
    out += "\r\n\r\n";
    if (!bodiless && !mode.without_body) out += one.body;
}

std::string_view reason(unsigned status) noexcept {
    const auto text =
        boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    return {text.data(), text.size()};
}

} // namespace postbus::gateway
