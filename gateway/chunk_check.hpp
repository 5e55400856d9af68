#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postbus::gateway {

/// Checks the framing of a chunked body (RFC 9112, section 7.1) before a parser sees it: sizes are
/// hexadecimal digits, every line ends in CR LF, extensions are well-formed, and no
/// trailer may say what only a head may. Pure.
class chunk_check {
public:
    enum class state : std::uint8_t { size, data, data_end, trailers, done, bad };

    /// How many of the bytes are in order, in whole lines and data; the rest is to be given again
    /// with more behind it. The bytes begin where the last answer ended.
    std::size_t feed(std::string_view bytes) noexcept;
    bool done() const noexcept { return state_ == state::done; }
    bool bad() const noexcept { return state_ == state::bad; }

private:
    bool check_size_line(std::string_view line) noexcept;
    bool check_trailer(std::string_view line) noexcept;

    state state_ = state::size;
    std::uint64_t left_ = 0;        // bytes of the chunk still to come
    std::size_t trailer_bytes_ = 0; // seen so far
};

} // namespace postbus::gateway
