#include "tests/integration/http.hpp"

#include "tests/integration/loopback.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace postbus::tests {

namespace {

std::string lower(std::string_view text) {
    std::string out{text};
    for (auto& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    return text;
}

bool has_field(const http_fields& fields, std::string_view name) {
    return std::any_of(fields.begin(), fields.end(),
                       [&](const auto& field) { return lower(field.first) == name; });
}

// The head without its empty line; nothing when it is no HTTP response.
std::optional<http_response> parse_head(std::string_view head) {
    http_response response;
    if (!head.starts_with("HTTP/1.") || head.size() < 12) return std::nullopt;
    std::from_chars(head.data() + 9, head.data() + 12, response.status);
    for (auto at = head.find("\r\n"); at != std::string_view::npos;) {
        const auto next = head.find("\r\n", at + 2);
        const auto line =
            head.substr(at + 2, next == std::string_view::npos ? next : next - at - 2);
        if (const auto colon = line.find(':'); colon != std::string_view::npos)
            response.fields.emplace_back(lower(line.substr(0, colon)),
                                         trim(line.substr(colon + 1)));
        at = next;
    }
    return response;
}

} // namespace

std::string http_response::field(std::string_view name) const {
    for (const auto& [known, value] : fields)
        if (known == name) return value;
    return {};
}

http_connection::http_connection(std::uint16_t port, milliseconds limit) {
    fd_ = tcp_socket();
    const auto time = scaled(limit).count();
    const timeval wait{.tv_sec = time / 1000, .tv_usec = time % 1000 * 1000};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    send_at_once(fd_);
    if (!connect_to(fd_, port)) close();
}

http_connection::~http_connection() {
    close();
}

void http_connection::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

bool http_connection::send(std::string_view bytes) {
    return fd_ >= 0 && send_all(fd_, bytes);
}

bool http_connection::send_request(std::string_view method, std::string_view path,
                                   std::string_view body, const http_fields& fields) {
    std::string out{method};
    out += ' ';
    out += path;
    out += " HTTP/1.1\r\n";
    if (!has_field(fields, "host")) out += "Host: 127.0.0.1\r\n";
    if (!body.empty()) {
        if (!has_field(fields, "content-type")) out += "Content-Type: application/json\r\n";
        if (!has_field(fields, "content-length"))
            out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    for (const auto& [name, value] : fields) out += name + ": " + value + "\r\n";
    out += "\r\n";
    out += body;
    return send(out);
}

bool http_connection::fill() {
    char buffer[16384];
    const auto count = fd_ < 0 ? -1 : recv(fd_, buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    input_.append(buffer, static_cast<std::size_t>(count));
    return true;
}

std::optional<http_response> http_connection::receive(bool head_only) {
    for (;;) {
        std::size_t end = 0;
        while ((end = input_.find("\r\n\r\n")) == std::string::npos)
            if (!fill()) return std::nullopt;
        auto response = parse_head(std::string_view{input_}.substr(0, end));
        if (!response) return std::nullopt;
        input_.erase(0, end + 4);
        if (response->status / 100 == 1) continue; // 100 Continue: the answer follows
        if (head_only || response->status == 204 || response->status == 304) return response;
        const auto length = response->field("content-length");
        std::size_t size = 0;
        std::from_chars(length.data(), length.data() + length.size(), size);
        while (input_.size() < size)
            if (!fill()) return std::nullopt;
        response->body = input_.substr(0, size);
        input_.erase(0, size);
        return response;
    }
}

bool http_connection::closed_by_peer() {
    if (!input_.empty()) return false;
    char byte = 0;
    return fd_ < 0 || recv(fd_, &byte, 1, 0) == 0;
}

std::optional<http_response> http_call(std::uint16_t port, std::string_view method,
                                       std::string_view path, std::string_view body,
                                       const http_fields& fields) {
    http_connection connection{port};
    connection.send_request(method, path, body, fields);
    // Also when sending broke off: a refusal may have come before the whole body was taken.
    return connection.receive(method == "HEAD");
}

} // namespace postbus::tests
