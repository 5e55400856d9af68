#include "bus/call_id.hpp"

#include <sys/random.h>

#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <system_error>

namespace postbus::bus {

namespace {

constexpr std::uint64_t version_7 = 0x7000;
constexpr std::uint64_t variant = 0x8000'0000'0000'0000;
constexpr std::uint64_t low_random = 0x3FFF'FFFF'FFFF'FFFF;

std::uint64_t mix(std::uint64_t x) noexcept { // splitmix64's finalizer
    x = (x ^ (x >> 30U)) * 0xBF58'476D'1CE4'E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D0'49BB'1331'11EBU;
    return x ^ (x >> 31U);
}

} // namespace

std::uint64_t system_random() {
    std::uint64_t value = 0;
    if (getrandom(&value, sizeof value, 0) != sizeof value)
        throw std::system_error{errno, std::generic_category(), "getrandom"};
    return value;
}

std::string call_id::text() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out(32, '0');
    for (std::size_t i = 0; i < 16; ++i) {
        out[15 - i] = digits[(high >> (4 * i)) & 15U];
        out[31 - i] = digits[(low >> (4 * i)) & 15U];
    }
    return out;
}

std::optional<call_id> call_id::parse(std::string_view text) {
    call_id id;
    if (text.size() != 32) return std::nullopt;
    const auto half = [](std::string_view digits, std::uint64_t& out) {
        const auto [end, failed] = std::from_chars(digits.data(), digits.data() + 16, out, 16);
        return failed == std::errc{} && end == digits.data() + 16;
    };
    if (!half(text.substr(0, 16), id.high) || !half(text.substr(16), id.low)) return std::nullopt;
    return id;
}

call_id call_id::first_at(std::int64_t unix_ms) noexcept {
    return {static_cast<std::uint64_t>(unix_ms) << 16U, 0};
}

std::size_t call_id_hash::operator()(const call_id& id) const noexcept {
    static const std::uint64_t seed = system_random();
    return mix(id.high ^ seed ^ std::rotl(mix(id.low ^ seed), 17));
}

call_id_source::call_id_source() : state_{system_random(), system_random() | 1U} {}

std::uint64_t call_id_source::random() noexcept { // xoroshiro128+ (Blackman, Vigna 2018)
    const auto a = state_[0];
    const auto b = state_[1] ^ a;
    const auto result = a + state_[1];
    state_[0] = std::rotl(a, 24) ^ b ^ (b << 16U);
    state_[1] = std::rotl(b, 37);
    return result;
}

call_id call_id_source::next(std::int64_t unix_ms) noexcept {
    const auto bits = random();
    call_id id{(static_cast<std::uint64_t>(unix_ms) << 16U) | version_7 | (bits & 0xFFFU),
               variant | (random() & low_random)};
    // Within one millisecond, and when the clock steps back, count up from the last id.
    if (id <= last_) {
        id = last_;
        id.low = variant | ((id.low + 1 + (bits >> 44U)) & low_random);
        if (id <= last_) id.high = ((last_.high >> 16U) + 1) << 16U | version_7;
    }
    return last_ = id;
}

} // namespace postbus::bus
