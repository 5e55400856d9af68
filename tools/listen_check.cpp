#include "tools/listen_check.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <stdexcept>

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

listening_socket::listening_socket(const host_and_port& where) {
    addrinfo hints{};
    hints.ai_flags = AI_PASSIVE;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int failed =
            getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(), &hints, &found);
        failed != 0)
        throw std::runtime_error{gai_strerror(failed)};
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner{found, freeaddrinfo};
    // Of "localhost" most clients try 127.0.0.1, whatever the resolver puts first.
    const auto* best = found;
    while (best && best->ai_family != AF_INET) best = best->ai_next;
    if (!best) best = found;
    descriptor_ = socket(best->ai_family, best->ai_socktype | SOCK_CLOEXEC, best->ai_protocol);
    // As servers do: connections of the last run that linger do not count.
    const int on = 1;
    if (descriptor_ >= 0 &&
        setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(descriptor_, best->ai_addr, best->ai_addrlen) == 0 && listen(descriptor_, 4096) == 0)
        return;
    const std::string why = std::strerror(errno);
    if (descriptor_ >= 0) close(descriptor_);
    throw std::runtime_error{why};
}

listening_socket::~listening_socket() {
    close(descriptor_);
}

std::string why_not_listen(const host_and_port& where) {
    try {
        const listening_socket tried{where};
        return {};
    } catch (const std::runtime_error& failed) {
        return failed.what();
    }
}

} // namespace postbus::tools
