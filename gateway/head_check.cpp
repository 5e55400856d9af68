#include "gateway/head_check.hpp"

#include "gateway/field_syntax.hpp"
#include "gateway/target.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace postbus::gateway {

namespace {

constexpr std::size_t longest_method = 32;
/// What a request line holds besides its target: method, two spaces, version.
constexpr std::size_t around_target = longest_method + 2 + 8;

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// "HTTP/", a digit, a dot and a digit.
bool is_version(std::string_view text) noexcept {
    constexpr std::string_view prefix = "HTTP/";
    if (text.size() != prefix.size() + 3 || !text.starts_with(prefix)) return false;
    const auto number = text.substr(prefix.size());
    return is_digit(number.front()) && number[1] == '.' && is_digit(number.back());
}

std::uint64_t number(std::string_view digits) noexcept {
    std::uint64_t value = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return failed == std::errc{} ? value : std::numeric_limits<std::uint64_t>::max();
}

} // namespace

head_verdict head_check::feed(std::string_view bytes) noexcept {
    for (;;) {
        const auto feed_at = bytes.find('\n', scanned_);
        if (feed_at == bytes.npos || feed_at >= limit_->head_bytes) {
            scanned_ = bytes.size();
            return check_size(bytes);
        }
        const auto line = bytes.substr(line_, feed_at - line_);
        scanned_ = feed_at + 1;
        auto verdict = check_start(line);
        if (verdict != head_verdict::incomplete) return verdict;
        if (!line.ends_with('\r')) return head_verdict::malformed;
        const auto text = line.substr(0, line.size() - 1);

        if (!in_fields_ && text.empty() && line_ == 0) // RFC 9112, 2.2: one is to be ignored
            framing_.start = scanned_;
        else if (!in_fields_) verdict = check_request_line(text);
        else if (text.empty()) verdict = finish(scanned_);
        else verdict = check_field(text);
        if (verdict != head_verdict::incomplete) return verdict;
        line_ = scanned_;
    }
}

head_verdict head_check::check_size(std::string_view bytes) const noexcept {
    const auto verdict = check_start(bytes.substr(line_));
    if (verdict != head_verdict::incomplete) return verdict;
    return bytes.size() >= limit_->head_bytes ? head_verdict::too_large : head_verdict::incomplete;
}

// What can be said of a request line before it has ended. Said of a whole one too, and first, so
// that it does not matter how much of it came at once.
head_verdict head_check::check_start(std::string_view line) const noexcept {
    if (in_fields_ || line.empty() || line == "\r") return head_verdict::incomplete;
    // Something else than HTTP, TLS for example, need not wait for a line to end.
    if (!is_token(line.substr(0, 1))) return head_verdict::malformed;
    const auto size = line.size() - (line.ends_with('\r') ? 1 : 0);
    return size > limit_->target_bytes + around_target ? head_verdict::target_too_long
                                                       : head_verdict::incomplete;
}

head_verdict head_check::check_request_line(std::string_view line) noexcept {
    const auto space = line.find(' ');
    if (space > longest_method) return head_verdict::malformed; // or there is none
    const auto method = line.substr(0, space);
    const auto rest = line.substr(space + 1);
    const auto second = rest.find(' ');
    if (second == rest.npos || !is_token(method)) return head_verdict::malformed;

    const auto text = rest.substr(0, second);
    const auto version = rest.substr(second + 1);
    if (!is_version(version)) return head_verdict::malformed;
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return head_verdict::version_unsupported;
    if (text.size() > limit_->target_bytes) return head_verdict::target_too_long;
    if (!target{}.parse(method, text)) return head_verdict::malformed;

    http_1_1_ = version == "HTTP/1.1";
    in_fields_ = true;
    return head_verdict::incomplete;
}

head_verdict head_check::check_field(std::string_view line) noexcept {
    if (++fields_ > limit_->head_fields) return head_verdict::too_large;
    field_line field;
    if (!field.parse(line)) return head_verdict::malformed;

    if (same_name(field.name, "host")) {
        if (host_ || !is_host(field.value)) return head_verdict::malformed;
        host_ = true;
    } else if (same_name(field.name, "content-length")) {
        if (framing_.content_length || !all_digits(field.value)) return head_verdict::malformed;
        framing_.content_length = number(field.value);
    } else if (same_name(field.name, "transfer-encoding")) {
        if (framing_.chunked || !http_1_1_ || !same_name(field.value, "chunked"))
            return head_verdict::malformed;
        framing_.chunked = true;
    }
    return head_verdict::incomplete;
}

head_verdict head_check::finish(std::size_t end) noexcept {
    if (http_1_1_ && !host_) return head_verdict::malformed;
    if (framing_.chunked && framing_.content_length) return head_verdict::malformed;
    framing_.size = end;
    return head_verdict::complete;
}

} // namespace postbus::gateway
