#pragma once

#include "tests/integration/timing.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postbus::tests {

struct http_response {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> fields; ///< names in lower case
    std::string body;

    std::string field(std::string_view name) const; ///< empty when it is not there
};

using http_fields = std::vector<std::pair<std::string, std::string>>;

/// A connection to the gateway, over plain blocking sockets so that it can also send what no HTTP
/// library would. For one thread.
class http_connection {
public:
    /// Not connected when nobody listens: see open().
    explicit http_connection(std::uint16_t port, milliseconds limit = 15'000ms);
    ~http_connection();
    http_connection(const http_connection&) = delete;
    http_connection& operator=(const http_connection&) = delete;

    bool open() const noexcept { return fd_ >= 0; }
    /// False when the connection broke.
    bool send(std::string_view bytes);
    bool send_request(std::string_view method, std::string_view path, std::string_view body = {},
                      const http_fields& fields = {});
    /// Nothing when the connection ended, or the time limit ran out, before a whole response.
    std::optional<http_response> receive(bool head_only = false);
    /// Nothing left to read, and the other side has closed.
    bool closed_by_peer();
    void close();

private:
    bool fill();

    int fd_ = -1;
    std::string input_;
};

/// One request on a connection of its own. A body goes as application/json unless `fields` has a
/// Content-Type. Nothing when there was no answer.
std::optional<http_response> http_call(std::uint16_t port, std::string_view method,
                                       std::string_view path, std::string_view body = {},
                                       const http_fields& fields = {});

} // namespace postbus::tests
