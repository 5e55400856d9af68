#pragma once

#include "schemas/describe.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postbus::bus {

/// UUIDv7 (RFC 9562): 48 bits of Unix time in milliseconds, then randomness. One HTTP request has
/// one call id over all its resends. Ordered as the text is, so older ids sort first.
struct call_id {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    auto operator<=>(const call_id&) const = default;
    std::int64_t unix_ms() const noexcept { return static_cast<std::int64_t>(high >> 16U); }
    /// 32 hexadecimal digits, without dashes.
    std::string text() const;
    /// Reads what text() wrote; nothing for anything else.
    static std::optional<call_id> parse(std::string_view text);
    /// The smallest id of that millisecond: every id made earlier is below it.
    static call_id first_at(std::int64_t unix_ms) noexcept;
};
BOOST_DESCRIBE_STRUCT(call_id, (), (high, low))

/// Mixes with a seed drawn once a process: ids come from peers, who must not choose our buckets.
struct call_id_hash {
    std::size_t operator()(const call_id& id) const noexcept;
};

/// Makes ids, each greater than the one before. One per thread.
class call_id_source {
public:
    /// Draws its seed from the system. Throws std::system_error when there is none.
    call_id_source();
    call_id next(std::int64_t unix_ms) noexcept;

private:
    std::uint64_t random() noexcept;

    std::uint64_t state_[2];
    call_id last_;
};

/// 64 bits from the system's random source. Throws std::system_error.
std::uint64_t system_random();

} // namespace postbus::bus
