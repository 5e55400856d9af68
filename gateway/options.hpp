#pragma once

#include "bus/endpoint.hpp"
#include "gateway/limits.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::gateway {

struct http_address {
    std::string host = "127.0.0.1"; ///< a name or an address, IPv6 without brackets
    std::uint16_t port = 3000;      ///< 0: any free one
};

/// Reads "HOST:PORT" or "[IPV6]:PORT".
std::optional<http_address> parse_http_address(std::string_view text);

struct options {
    http_address http;
    bool insecure_no_auth = false; ///< other machines may come in, without a name or a password
    /// An open listening socket to take connections from, instead of `http`; -1: none.
    int listen_fd = -1;
    bool take_over =
        false; ///< others take connections from it too: begin when the routes are known
    std::size_t threads = 1;
    std::vector<bus::endpoint> brokers{bus::endpoint{}};
    limits limit;

    /// From flags, environment and file (bus/settings.hpp). An exit code: the program ends now.
    std::optional<int> read(int argc, const char* const* argv);
};

} // namespace postbus::gateway
