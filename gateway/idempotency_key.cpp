#include "gateway/idempotency_key.hpp"

namespace postbus::gateway {

std::optional<std::string_view> parse_idempotency_key(std::string_view value) noexcept {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
    const auto inside = value.substr(1, value.size() - 2);
    std::size_t characters = 0;
    for (std::size_t i = 0; i < inside.size(); ++i, ++characters) {
        if (inside[i] < ' ' || inside[i] > '~' || inside[i] == '"') return std::nullopt;
        if (inside[i] != '\\') continue;
        if (++i == inside.size() || (inside[i] != '"' && inside[i] != '\\')) return std::nullopt;
    }
    if (characters == 0 || characters > longest_idempotency_key) return std::nullopt;
    return inside;
}

} // namespace postbus::gateway
