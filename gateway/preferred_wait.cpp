#include "gateway/preferred_wait.hpp"

#include "gateway/field_syntax.hpp"

#include <algorithm>
#include <optional>

namespace postbus::gateway {

namespace {

/// Takes one element off a list: what stands before the next comma that is not in quotes.
std::string_view take_element(std::string_view& list) noexcept {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < list.size() && (quoted || list[end] != ','); ++end) {
        if (quoted && list[end] == '\\') ++end;
        else if (list[end] == '"') quoted = !quoted;
    }
    const auto element = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    return trim(element);
}

std::chrono::seconds seconds(std::string_view text) noexcept {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        text = text.substr(1, text.size() - 2);
    std::chrono::seconds out{0};
    for (const char c : text) {
        if (c < '0' || c > '9') return {};
        out = std::min(10 * out + std::chrono::seconds{c - '0'}, longest_wait);
    }
    return out;
}

/// Nothing: another preference.
std::optional<std::chrono::seconds> read(std::string_view element) noexcept {
    const auto preference = element.substr(0, element.find(';')); // without its parameters
    const auto equals = preference.find('=');
    if (!same_name(trim(preference.substr(0, equals)), "wait")) return std::nullopt;
    if (equals == preference.npos) return std::chrono::seconds{0};
    return seconds(trim(preference.substr(equals + 1)));
}

} // namespace

std::chrono::seconds preferred_wait(std::span<const field_view> fields) noexcept {
    for (const auto& field : fields) {
        if (!same_name(field.name, "prefer")) continue;
        for (auto list = field.value; !list.empty();)
            if (const auto wait = read(take_element(list))) return *wait;
    }
    return {};
}

} // namespace postbus::gateway
