#include "gateway/target.hpp"

#include "gateway/field_syntax.hpp"

#include <boost/asio/ip/address_v6.hpp>
#include <boost/url/grammar/charset.hpp>
#include <boost/url/grammar/digit_chars.hpp>
#include <boost/url/grammar/hexdig_chars.hpp>
#include <boost/url/rfc/pchars.hpp>
#include <boost/url/rfc/sub_delim_chars.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <algorithm>
#include <string>

namespace postbus::gateway {

namespace urls = boost::urls;

namespace {

constexpr auto target_chars = urls::pchars + '/' + '?';
constexpr auto host_chars = urls::unreserved_chars + urls::sub_delim_chars;

template <class Chars>
bool consists_of(std::string_view text, const Chars& plain) noexcept {
    const auto* at = text.data();
    const auto* const end = at + text.size();
    while ((at = urls::grammar::find_if_not(at, end, plain)) != end) {
        if (*at != '%' || end - at < 3 || !urls::grammar::hexdig_chars(at[1]) ||
            !urls::grammar::hexdig_chars(at[2]))
            return false;
        at += 3;
    }
    return true;
}

bool is_ipv6(std::string_view text) {
    boost::system::error_code failed;
    if (text.size() > 45 || text.find('%') != text.npos) return false;
    boost::asio::ip::make_address_v6(text, failed);
    return !failed;
}

/// Splits off "http://authority". False: not that, or no authority that a server here could have.
bool drop_authority(std::string_view& text) noexcept {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!same_name(text.substr(0, scheme.size()), scheme)) continue;
        text.remove_prefix(scheme.size());
        const auto end = std::min(text.find_first_of("/?"), text.size());
        const auto authority = text.substr(0, end);
        text.remove_prefix(end);
        return !authority.empty() && authority.front() != ':' && is_host(authority);
    }
    return false;
}

} // namespace

bool target::parse(std::string_view method, std::string_view text) noexcept {
    if (text == "*" && method == "OPTIONS") {
        path = text;
        query = {};
        return true;
    }
    if (!text.starts_with('/')) {
        if (!drop_authority(text)) return false;
        if (!text.starts_with('/')) { // "http://host" and "http://host?query"
            path = "/";
            query = text.empty() ? text : text.substr(1);
            return consists_of(query, target_chars);
        }
    }
    const auto mark = std::min(text.find('?'), text.size());
    path = text.substr(0, mark);
    query = mark == text.size() ? std::string_view{} : text.substr(mark + 1);
    return consists_of(text, target_chars);
}

bool is_host(std::string_view text) noexcept {
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == text.npos || !is_ipv6(text.substr(1, close - 1))) return false;
        rest = text.substr(close + 1);
    } else {
        const auto colon = std::min(text.find(':'), text.size());
        if (!consists_of(text.substr(0, colon), host_chars)) return false;
        rest = text.substr(colon);
    }
    if (rest.empty()) return true;
    return rest.front() == ':' && rest.size() <= 6 &&
           std::all_of(rest.begin() + 1, rest.end(), urls::grammar::digit_chars);
}

} // namespace postbus::gateway
