#include "tools/listen_check.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

namespace postbus::tools {

std::string host_and_port::text() const {
    const bool brackets = host.find(':') != std::string::npos;
    return (brackets ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

host_and_port host_and_port::from_here() const {
    if (host == "0.0.0.0") return {"127.0.0.1", port};
    if (host == "::") return {"::1", port};
    return *this;
}

std::optional<host_and_port> parse_host_and_port(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string_view::npos) return std::nullopt;
    host_and_port out{std::string{host}, 0};
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    if (failed != std::errc{} || end != digits.data() + digits.size() || out.port == 0 ||
        host.empty())
        return std::nullopt;
    return out;
}

std::string why_not_listen(const host_and_port& where) {
    addrinfo hints{};
    hints.ai_flags = AI_PASSIVE;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int failed =
            getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(), &hints, &found);
        failed != 0)
        return gai_strerror(failed);
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner{found, freeaddrinfo};
    const int descriptor =
        socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, found->ai_protocol);
    if (descriptor < 0) return std::strerror(errno);
    // As servers do: connections of the last run that linger do not count.
    const int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    std::string why;
    if (bind(descriptor, found->ai_addr, found->ai_addrlen) != 0 || listen(descriptor, 1) != 0)
        why = std::strerror(errno);
    close(descriptor);
    return why;
}

} // namespace postbus::tools
