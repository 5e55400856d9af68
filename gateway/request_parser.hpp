#pragma once

#include "gateway/chunk_check.hpp"
#include "gateway/field_view.hpp"
#include "gateway/limits.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace postbus::gateway {

/// A request's head. The views last as long as the bytes given to read_head().
struct request_head {
    std::string_view method;
    std::string_view target;
    std::vector<field_view> fields;

    /// The first of that name; nothing: an empty view with no data.
    std::string_view field(std::string_view name) const noexcept;
};

/// Beast's parser over a head that head_check found in order, keeping views of what it found, and
/// over a body whose chunks are checked first. Used again and again, so that it allocates nothing.
class request_parser : private boost::beast::http::basic_parser<true> {
public:
    enum class progress { more, done, malformed, too_large };

    request_parser() = default;
    request_parser(request_parser&&) = default;
    request_parser& operator=(request_parser&&) = default;

    /// Begins a request. `bytes` is the whole head, whose body is not declared larger than the
    /// limit. False: malformed.
    bool read_head(std::string_view bytes, const limits&);
    /// Takes what there is of the body. What is not `used` is to be given again with more behind
    /// it.
    progress read_body(std::string_view bytes, std::size_t& used);

    const request_head& head() const noexcept { return head_; }
    std::string_view body() const noexcept { return body_; }
    bool keep_alive() const { return basic_parser::keep_alive(); }
    bool http_1_1() const noexcept { return http_1_1_; }
    bool done() const { return is_done(); }
    void release_large_body();

private:
    using error_code = boost::beast::error_code;
    using string_view = boost::beast::string_view;
    using verb = boost::beast::http::verb;

    void on_request_impl(verb, string_view, string_view, int, error_code&) override;
    void on_response_impl(int, string_view, int, error_code&) override;
    void on_field_impl(boost::beast::http::field, string_view, string_view, error_code&) override;
    void on_header_impl(error_code&) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override;
    std::size_t on_body_impl(string_view, error_code&) override;
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override;
    std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override;
    void on_finish_impl(error_code&) override;

    request_head head_;
    std::string body_;
    chunk_check chunks_;
    std::size_t checked_ = 0; // bytes that chunks_ passed and the parser has not taken
    bool http_1_1_ = false;
};

} // namespace postbus::gateway
