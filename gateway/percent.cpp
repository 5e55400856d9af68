#include "gateway/percent.hpp"

#include <boost/url/grammar/string_token.hpp>
#include <boost/url/pct_string_view.hpp>

#include <algorithm>

namespace postbus::gateway {

namespace urls = boost::urls;

namespace {

/// How many bytes the character that begins here takes; 0: it is none.
std::size_t character_size(std::string_view bytes) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const auto first = byte(0);
    const std::size_t size = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
    if (size < 2) return first == 0 ? 0 : size;
    if (bytes.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(i) & 0xC0U) != 0x80) return 0;
    // Overlong forms, surrogates, and what lies above U+10FFFF.
    if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) >= 0xA0) ||
        (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) >= 0x90))
        return 0;
    return size;
}

} // namespace

bool is_text(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const auto size = character_size(bytes);
        if (size == 0) return false;
        bytes.remove_prefix(size);
    }
    return true;
}

bool percent_decoder::path_segment(std::string_view encoded, std::string_view& out) {
    out = encoded;
    return encoded.find('%') == encoded.npos || decode(encoded, false, out);
}

bool percent_decoder::query_part(std::string_view encoded, std::string_view& out) {
    out = encoded;
    return encoded.find_first_of("%+") == encoded.npos || decode(encoded, true, out);
}

bool percent_decoder::decode(std::string_view encoded, bool plus, std::string_view& out) {
    const auto checked = urls::make_pct_string_view({encoded.data(), encoded.size()});
    if (!checked) return false;
    if (used_ == texts_.size()) texts_.emplace_back();
    auto& text = texts_[used_++];
    urls::encoding_opts options;
    options.space_as_plus = plus;
    checked->decode(options, urls::string_token::assign_to(text));
    out = text;
    return is_text(out);
}

bool parse_query(std::string_view query, percent_decoder& decoder, std::vector<field_view>& out) {
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto part = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (part.empty()) continue;
        const auto equals = std::min(part.find('='), part.size());
        field_view field;
        if (!decoder.query_part(part.substr(0, equals), field.name) ||
            !decoder.query_part(part.substr(std::min(equals + 1, part.size())), field.value))
            return false;
        out.push_back(field);
    }
    return true;
}

} // namespace postbus::gateway
