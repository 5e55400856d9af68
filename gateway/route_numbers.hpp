#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::gateway {

/// What requests are counted by: a number for each method and path template that was ever
/// announced, the same in all threads and for as long as the gateway runs. Asked when a table of
/// routes is made, never on the path of a request.
class route_numbers {
public:
    struct name {
        std::string method;
        std::string path;
    };
    // Those that no service announces.
    static constexpr std::uint32_t none = 0; ///< the request had no route
    static constexpr std::uint32_t livez = 1;
    static constexpr std::uint32_t readyz = 2;
    static constexpr std::uint32_t metrics = 3;
    static constexpr std::uint32_t others = 4; ///< one route too many
    static constexpr std::uint32_t first_announced = 5;
    static constexpr std::size_t most = 512;

    route_numbers();

    /// From any thread.
    std::uint32_t of(std::string_view method, std::string_view path);
    std::vector<name> all() const; ///< by number

private:
    mutable std::mutex mutex_;
    std::vector<name> names_;
};

} // namespace postbus::gateway
