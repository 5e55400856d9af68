#pragma once

#include "tests/integration/load.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace postbus::tests {

/// An order that nobody else places: its user orders every quantity once.
struct attempt {
    std::int64_t user = 0;
    std::int64_t quantity = 0;
    written_order::verdict known = written_order::verdict::unknown;
};

/// Clients that order books without pause, and cancel some of what they ordered.
class shoppers {
public:
    shoppers(std::uint16_t port, int clients, std::uint64_t seed);
    ~shoppers();
    shoppers(const shoppers&) = delete;
    shoppers& operator=(const shoppers&) = delete;

    std::size_t accepted() const noexcept { return accepted_; }
    /// How many were refused since the disk is full.
    std::size_t met_full_disk() const noexcept { return met_full_disk_; }
    /// Accepted orders a second, over a while from now on.
    double rate(milliseconds time) const;
    /// Ends the clients, and gives all they did.
    std::vector<attempt> stop();

private:
    void run(std::uint64_t seed);
    std::optional<http_response> call(std::optional<http_connection>&, std::string_view method,
                                      const std::string& path, const std::string& body);
    std::int64_t new_user(std::optional<http_connection>&);
    std::pair<written_order::verdict, std::int64_t> order(std::optional<http_connection>&,
                                                          std::int64_t user, std::int64_t quantity);

    std::uint16_t port_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> accepted_{0};
    std::atomic<std::size_t> met_full_disk_{0};
    std::mutex guard_;
    std::vector<attempt> done_;
    std::vector<std::thread> threads_;
};

/// Each accepted order is there exactly once, one of unknown fate at most once, and none that was
/// refused is.
void check_attempts(shop&, const std::vector<attempt>&);

} // namespace postbus::tests
