#include "gateway/field_syntax.hpp"

#include <algorithm>
#include <array>

namespace postbus::gateway {

namespace {

constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";

constexpr bool alphanumeric(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

constexpr auto token_table = [] {
    std::array<bool, 256> table{};
    for (unsigned c = 0; c < 256; ++c)
        table[c] = alphanumeric(static_cast<unsigned char>(c)) ||
                   (c < 128 && token_marks.find(static_cast<char>(c)) != token_marks.npos);
    return table;
}();

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

} // namespace

bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return token_table[static_cast<unsigned char>(c)];
    });
}

bool is_field_value(std::string_view text) noexcept {
    // No early exit: the compiler then checks sixteen bytes at a time.
    bool bad = false;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        bad |= (byte < 0x20 && byte != '\t') || byte == 0x7F;
    }
    return !bad;
}

std::string_view trim(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t";
    const auto first = text.find_first_not_of(blanks);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool same_name(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [](char x, char y) { return lower(x) == lower(y); });
}

bool field_line::parse(std::string_view line) noexcept {
    const auto colon = line.find(':');
    if (colon == line.npos) return false;
    name = line.substr(0, colon);
    value = trim(line.substr(colon + 1));
    return is_token(name) && is_field_value(value);
}

} // namespace postbus::gateway
