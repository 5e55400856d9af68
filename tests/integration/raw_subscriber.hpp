#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace postbus::tests {

/// A subscriber of a broker's events that speaks ZMTP 3.0 by itself, so that it can do what no
/// library would: never read, or ask for topics without end.
class raw_subscriber {
public:
    /// Shakes hands; `port` is that of the events. Its own buffer for what it does not read is
    /// small.
    explicit raw_subscriber(std::uint16_t port);
    ~raw_subscriber();
    raw_subscriber(const raw_subscriber&) = delete;
    raw_subscriber& operator=(const raw_subscriber&) = delete;

    bool open() const noexcept { return fd_ >= 0; }
    /// Messages of at most 255 bytes, as they are. How many of them the broker has taken before it
    /// cut the connection.
    std::size_t say(const std::vector<std::string>& messages);
    /// The same, to ask for topics.
    std::size_t subscribe(const std::vector<std::string>& topics);
    /// Within a limit: the broker has closed the connection. Reads, and throws away.
    bool cut_off();

private:
    int fd_ = -1;
};

} // namespace postbus::tests
