#include "bus/endpoint.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace postbus::bus {
namespace {

bool is_ipv6(const std::string& host) {
    in6_addr address{};
    return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_host_name(std::string_view host) {
    return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_';
    });
}

std::string address(const endpoint& at, unsigned port) {
    const bool brackets = at.host.find(':') != std::string::npos;
    return "tcp://" + (brackets ? '[' + at.host + ']' : at.host) + ':' + std::to_string(port);
}

} // namespace

std::string endpoint::requests() const {
    return address(*this, port);
}

std::string endpoint::events() const {
    return address(*this, port + 1U);
}

bool endpoint::loopback() const {
    if (host == "localhost" || host == "::1") return true;
    in_addr v4{};
    return inet_pton(AF_INET, host.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24U) == 127;
}

std::optional<endpoint> parse_endpoint(std::string_view text, std::string& why) {
    const auto wrong = [&](std::string_view what) {
        why = '\'' + std::string{text} + "' " + std::string{what};
        return std::nullopt;
    };
    constexpr std::string_view scheme = "tcp://";
    if (!text.starts_with(scheme)) return wrong("must look like tcp://127.0.0.1:5550");
    const auto rest = text.substr(scheme.size());
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos) return wrong("has no port: tcp://HOST:PORT is right");
    endpoint out;
    out.host = rest.substr(0, colon);
    if (out.host.starts_with('[') && out.host.ends_with(']')) {
        out.host = out.host.substr(1, out.host.size() - 2);
        if (!is_ipv6(out.host)) return wrong("has no valid IPv6 address between its brackets");
    } else if (is_ipv6(out.host)) {
        return wrong("needs brackets around its IPv6 address: tcp://[::1]:5550");
    } else if (!is_host_name(out.host)) {
        return wrong("has no valid host: a name or an address is right, for all of this machine's "
                     "0.0.0.0");
    }
    const auto digits = rest.substr(colon + 1);
    unsigned port = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failed != std::errc{} || end != digits.data() + digits.size() || port < 1 || port > 65534)
        return wrong("has no valid port: 1 to 65534 is right (the broker takes the next one too)");
    out.port = static_cast<std::uint16_t>(port);
    return out;
}

} // namespace postbus::bus
