#include "gateway/chunk_check.hpp"

#include "gateway/field_syntax.hpp"

#include <algorithm>
#include <charconv>

namespace postbus::gateway {

namespace {

constexpr std::size_t longest_size_line = 256;
constexpr std::size_t most_trailer_bytes = 8 * 1024;

/// What a trailer must not say (RFC 9110, 6.5.1): how the message is framed, routed or
/// authenticated, or what its content is.
constexpr std::string_view forbidden_trailers[] = {
    "transfer-encoding",
    "content-length",
    "host",
    "connection",
    "trailer",
    "te",
    "upgrade",
    "expect",
    "content-type",
    "content-encoding",
    "content-range",
    "authorization",
    "proxy-connection",
    "cookie",
    "cache-control",
    "max-forwards",
    "range",
    "idempotency-key",
    "prefer",
    "keep-alive",
};

/// chunk-ext = *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ) (RFC 9112, 7.1.1).
/// What stands in them is of no interest, but Beast reads on behind the line for the end of a
/// string that has none.
class extensions {
public:
    explicit extensions(std::string_view line) : left_{line} {}

    bool well_formed() noexcept {
        for (skip_space(); !left_.empty(); skip_space())
            if (!take(';') || !name() || (take('=') && !value())) return false;
        return true;
    }

private:
    void skip_space() noexcept {
        left_.remove_prefix(std::min(left_.find_first_not_of(" \t"), left_.size()));
    }
    bool take(char wanted) noexcept {
        skip_space();
        if (!left_.starts_with(wanted)) return false;
        left_.remove_prefix(1);
        return true;
    }
    bool name() noexcept {
        skip_space();
        const auto word = left_.substr(0, left_.find_first_of(" \t;="));
        left_.remove_prefix(word.size());
        return is_token(word);
    }
    bool value() noexcept { return take('"') ? quoted() : name(); }
    bool quoted() noexcept {
        for (std::size_t i = 0; i < left_.size(); ++i) {
            if (left_[i] == '\\') {
                ++i;
            } else if (left_[i] == '"') {
                left_.remove_prefix(i + 1);
                return true;
            }
        }
        return false;
    }

    std::string_view left_;
};

} // namespace

std::size_t chunk_check::feed(std::string_view bytes) noexcept {
    std::size_t good = 0;
    while (state_ != state::done && state_ != state::bad && good < bytes.size()) {
        const auto rest = bytes.substr(good);
        if (state_ == state::data) {
            const auto taken = std::min<std::uint64_t>(left_, rest.size());
            good += static_cast<std::size_t>(taken);
            left_ -= taken;
            if (left_ == 0) state_ = state::data_end;
            continue;
        }
        const auto longest =
            state_ == state::trailers ? most_trailer_bytes - trailer_bytes_ : longest_size_line;
        const auto end = rest.find('\n');
        if (std::min(end, rest.size()) >= longest) {
            state_ = state::bad;
            break;
        }
        if (end == rest.npos) break;
        const auto line = rest.substr(0, end);
        const bool in_order = line.ends_with('\r') && [&](std::string_view text) {
            if (state_ == state::size) return check_size_line(text);
            if (state_ == state::trailers) return check_trailer(text);
            state_ = state::size;
            return text.empty(); // the line ending behind a chunk's data
        }(line.substr(0, line.size() - 1));
        if (!in_order) {
            state_ = state::bad;
            break;
        }
        good += end + 1;
    }
    return good;
}

bool chunk_check::check_size_line(std::string_view line) noexcept {
    const auto [end, failed] = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
    if (failed != std::errc{}) return false;
    const auto behind = line.substr(static_cast<std::size_t>(end - line.data()));
    state_ = left_ == 0 ? state::trailers : state::data;
    return is_field_value(behind) && extensions{behind}.well_formed();
}

bool chunk_check::check_trailer(std::string_view line) noexcept {
    trailer_bytes_ += line.size() + 2;
    if (line.empty()) {
        state_ = state::done;
        return true;
    }
    field_line field;
    return field.parse(line) &&
           std::none_of(std::begin(forbidden_trailers), std::end(forbidden_trailers),
                        [&](std::string_view name) { return same_name(field.name, name); });
}

} // namespace postbus::gateway
