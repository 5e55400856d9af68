#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postbus::gateway {

/// The methods that a service may announce. HEAD is answered from GET, OPTIONS by the gateway.
enum class method : std::uint8_t { get, post, put, patch, remove, head, options, other };
inline constexpr std::size_t announced_methods = 5;

/// Methods are case-sensitive (RFC 9110, 9.1).
method parse_method(std::string_view text) noexcept;

/// Which of the announced methods a path has.
class method_set {
public:
    void add(method one) noexcept { bits_ |= bit(one); }
    void add(method_set others) noexcept { bits_ |= others.bits_; }
    bool empty() const noexcept { return bits_ == 0; }
    /// The Allow field: "GET, HEAD, OPTIONS".
    std::string text() const;

private:
    static std::uint8_t bit(method one) noexcept {
        return static_cast<std::uint8_t>(1U << static_cast<unsigned>(one));
    }

    std::uint8_t bits_ = 0;
};

} // namespace postbus::gateway
