#include "bus/curve_key.hpp"

#include <zmq.hpp>

#include <array>
#include <cstdint>

namespace postbus::bus {

namespace {

constexpr std::size_t key_size = 40;
using key_text = std::array<char, key_size + 1>;

} // namespace

bool is_key(std::string_view text) {
    if (text.size() != key_size) return false;
    // zmq_z85_decode takes a byte outside of ASCII for an index.
    for (const char c : text)
        if (c < '!' || c > '~') return false;
    std::array<std::uint8_t, 32> bytes;
    return zmq_z85_decode(bytes.data(), std::string{text}.c_str()) != nullptr;
}

key_pair make_key_pair() {
    for (;;) {
        key_text its_public;
        key_text its_secret;
        if (zmq_curve_keypair(its_public.data(), its_secret.data()) != 0) throw zmq::error_t{};
        const key_pair out{its_public.data(), its_secret.data()};
        if (!out.public_key.ends_with(".pub")) return out;
    }
}

key_pair key_pair_of(const std::string& secret_key) {
    key_text its_public;
    if (zmq_curve_public(its_public.data(), secret_key.c_str()) != 0) throw zmq::error_t{};
    return {its_public.data(), secret_key};
}

} // namespace postbus::bus
