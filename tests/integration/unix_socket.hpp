#pragma once

#include "tests/integration/shop.hpp"

#include <string>
#include <string_view>

namespace postbus::tests {

/// A connection to a local socket. Blocking; reading has a limit.
class unix_stream {
public:
    explicit unix_stream(const std::string& path);
    ~unix_stream();
    unix_stream(const unix_stream&) = delete;
    unix_stream& operator=(const unix_stream&) = delete;

    bool open() const noexcept { return fd_ >= 0; }
    void send(std::string_view bytes);
    /// Until the other side closes, or 10 s (scaled) pass without a byte.
    std::string receive_all();

private:
    int fd_ = -1;
};

/// A socket that takes datagrams, as systemd's does.
class unix_mailbox {
public:
    explicit unix_mailbox(const std::string& path);
    ~unix_mailbox();
    unix_mailbox(const unix_mailbox&) = delete;
    unix_mailbox& operator=(const unix_mailbox&) = delete;

    /// The next datagram; empty when none came within the (scaled) limit.
    std::string receive(milliseconds limit);

private:
    int fd_ = -1;
};

} // namespace postbus::tests
