#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postbus::tools {

/// A place to listen at, or to reach.
struct host_and_port {
    std::string host; ///< IPv6 without brackets
    std::uint16_t port = 0;

    std::string text() const; ///< "127.0.0.1:3000", "[::1]:3000"
    /// Where a program on this machine reaches what listens here: 0.0.0.0 becomes 127.0.0.1.
    host_and_port from_here() const;
    bool operator==(const host_and_port&) const = default;
};

/// Reads "HOST:PORT" with a port from 1 to 65535. Nothing for anything else.
std::optional<host_and_port> parse_host_and_port(std::string_view);

/// Why nothing can listen there now; empty: something can. Found out by doing it for a moment.
std::string why_not_listen(const host_and_port&);

/// A socket that listens there, for as long as this lives; its copies in other processes are
/// theirs.
class listening_socket {
public:
    /// Throws std::runtime_error: why nothing can listen there now.
    explicit listening_socket(const host_and_port&);
    ~listening_socket();
    listening_socket(const listening_socket&) = delete;
    listening_socket& operator=(const listening_socket&) = delete;

    int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_ = -1;
};

} // namespace postbus::tools
