#include "schemas/codec.hpp"

#include <limits>

namespace postbus::schemas {

void output_archive::size(std::size_t count) {
    if (count > std::numeric_limits<std::uint32_t>::max())
        throw std::length_error{"codec: over 4 GiB"};
    integer(static_cast<std::uint32_t>(count));
}

std::string_view input_archive::bytes(std::size_t count) {
    if (count > in_.size()) throw decode_error{"codec: the bytes end early"};
    const auto taken = in_.substr(0, count);
    in_.remove_prefix(count);
    return taken;
}

std::size_t input_archive::size() {
    const auto count = integer<std::uint32_t>();
    if (count > in_.size()) throw decode_error{"codec: a size is larger than what is left"};
    return count;
}

bool input_archive::boolean() {
    const auto value = integer<std::uint8_t>();
    if (value > 1) throw decode_error{"codec: a bool is neither 0 nor 1"};
    return value == 1;
}

} // namespace postbus::schemas
