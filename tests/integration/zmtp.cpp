#include "tests/integration/zmtp.hpp"

namespace postbus::tests {

using namespace std::string_literals;

std::string zmtp_greeting(std::string_view mechanism) {
    auto out = "\xff\0\0\0\0\0\0\0\0\x7f\x03\0"s;
    out += mechanism;
    out.resize(64);
    return out;
}

std::string zmtp_ready(std::string_view socket) {
    constexpr char command = 4;
    const auto said = "\x05READY\x0bSocket-Type\0\0\0"s + static_cast<char>(socket.size());
    return std::string{command, static_cast<char>(said.size() + socket.size())} + said +
           std::string{socket};
}

} // namespace postbus::tests
