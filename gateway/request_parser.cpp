#include "gateway/request_parser.hpp"

#include "gateway/field_syntax.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

namespace postbus::gateway {

namespace http = boost::beast::http;

namespace {

constexpr std::size_t kept_body_capacity = 16 * 1024;

} // namespace

std::string_view request_head::field(std::string_view name) const noexcept {
    for (const auto& field : fields)
        if (same_name(field.name, name)) return field.value;
    return {};
}

bool request_parser::read_head(std::string_view bytes, const limits& limit) {
    // A parser of Beast reads one message; assigning a new one begins the next.
    request_parser fresh;
    basic_parser::operator=(static_cast<basic_parser&&>(fresh));
    eager(true);
    header_limit(static_cast<std::uint32_t>(limit.head_bytes));
    body_limit(limit.body_bytes);
    head_.fields.clear();
    body_.clear();
    chunks_ = {};
    checked_ = 0;

    error_code failed;
    const auto used = put(boost::asio::buffer(bytes), failed);
    return (!failed || failed == http::error::need_more) && is_header_done() &&
           used == bytes.size();
}

request_parser::progress request_parser::read_body(std::string_view bytes, std::size_t& used) {
    used = 0;
    if (is_done()) return progress::done;
    if (chunked()) {
        const auto more = chunks_.feed(bytes.substr(checked_));
        checked_ += more;
        // Beast takes it for granted that it gets more than the last time.
        bytes = bytes.substr(0, more == 0 ? 0 : checked_);
    }
    error_code failed;
    if (!bytes.empty()) used = put(boost::asio::buffer(bytes), failed);
    if (chunked()) checked_ -= used;
    if (failed == http::error::body_limit) return progress::too_large;
    if ((failed && failed != http::error::need_more) || chunks_.bad()) return progress::malformed;
    return is_done() ? progress::done : progress::more;
}

void request_parser::release_large_body() {
    if (body_.capacity() > kept_body_capacity) body_ = {};
}

void request_parser::on_request_impl(verb, string_view method, string_view target, int version,
                                     error_code&) {
    head_.method = method;
    head_.target = target;
    http_1_1_ = version == 11;
}

void request_parser::on_field_impl(http::field, string_view name, string_view value, error_code&) {
    // Trailers come here too, with the head's bytes perhaps gone: they are checked and dropped.
    if (!is_header_done()) head_.fields.push_back({name, value});
}

std::size_t request_parser::on_body_impl(string_view bytes, error_code&) {
    body_.append(bytes.data(), bytes.size());
    return bytes.size();
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) {
    body_.append(bytes.data(), bytes.size());
    return bytes.size();
}

void request_parser::on_response_impl(int, string_view, int, error_code&) {}
void request_parser::on_header_impl(error_code&) {}
void request_parser::on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) {}
void request_parser::on_chunk_header_impl(std::uint64_t, string_view, error_code&) {}
void request_parser::on_finish_impl(error_code&) {}

} // namespace postbus::gateway
