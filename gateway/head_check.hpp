#pragma once

#include "gateway/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace postbus::gateway {

enum class head_verdict : std::uint8_t {
    incomplete,
    complete,
    malformed,           ///< 400
    too_large,           ///< 431
    target_too_long,     ///< 414
    version_unsupported, ///< 505
};

/// How a request is delimited, once its head is complete.
struct framing {
    std::size_t start = 0; ///< the request line begins here: an empty line may come before it
    std::size_t size = 0;  ///< bytes up to the end of the blank line, from 0
    bool chunked = false;
    std::optional<std::uint64_t> content_length; ///< the largest number when it does not fit

    bool has_body() const noexcept { return chunked || content_length.value_or(0) != 0; }
};

/// Checks a request's head before any parser sees it, and more strictly than one does (RFC 9112):
/// whatever two parties could read differently is refused, so that no request can be smuggled past
/// whoever stands before or behind this gateway. Each byte is looked at once however the head is
/// split. Pure.
class head_check {
public:
    explicit head_check(const limits& limit) : limit_{&limit} {}

    /// All bytes since the request began, more each time. The verdict does not depend on how they
    /// were split. After a verdict other than incomplete, reset() comes first.
    head_verdict feed(std::string_view bytes) noexcept;
    const gateway::framing& framing() const noexcept { return framing_; }
    void reset() noexcept { *this = head_check{*limit_}; }

private:
    head_verdict check_start(std::string_view line) const noexcept;
    head_verdict check_request_line(std::string_view line) noexcept;
    head_verdict check_field(std::string_view line) noexcept;
    head_verdict finish(std::size_t end) noexcept;
    head_verdict check_size(std::string_view bytes) const noexcept;

    const limits* limit_;
    std::size_t line_ = 0;    // where the first unchecked line begins
    std::size_t scanned_ = 0; // no line ends before this
    std::size_t fields_ = 0;
    gateway::framing framing_;
    bool in_fields_ = false;
    bool http_1_1_ = false;
    bool host_ = false;
};

} // namespace postbus::gateway
