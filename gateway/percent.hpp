#pragma once

#include "gateway/field_view.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::gateway {

/// Percent-decoding (RFC 3986, 2.1), and where the decoded text lies while a request is bound: each
/// piece stays where it is until clear().
class percent_decoder {
public:
    /// The text itself when nothing in it is encoded. False: it decodes to something that is not
    /// UTF-8 or holds a zero byte, or a percent sign stands without two digits.
    bool path_segment(std::string_view encoded, std::string_view& out);
    /// The same, with '+' for a space.
    bool query_part(std::string_view encoded, std::string_view& out);
    void clear() noexcept { used_ = 0; }

private:
    bool decode(std::string_view encoded, bool plus, std::string_view& out);

    std::deque<std::string> texts_;
    std::size_t used_ = 0;
};

/// Appends the names and values of "a=1&b=2" in the order given. An empty part is left out, and a
/// name without '=' has an empty value. False: malformed, as above.
bool parse_query(std::string_view query, percent_decoder& decoder, std::vector<field_view>& out);

/// Well-formed UTF-8 (RFC 3629) without a zero byte, as JSON text can hold it.
bool is_text(std::string_view bytes) noexcept;

} // namespace postbus::gateway
