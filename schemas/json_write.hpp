#pragma once

#include "schemas/describe.hpp"
#include "schemas/raw_json.hpp"

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Structs to JSON text, appended to a string that the caller may reuse. An empty optional leaves
/// its field out. Text is taken to be valid UTF-8: the reader let nothing else in.

namespace postbus::schemas {

void write_json(std::string_view text, std::string& out);
inline void write_json(const std::string& text, std::string& out) {
    write_json(std::string_view{text}, out);
}
inline void write_json(const raw_json& json, std::string& out) {
    out += json.text;
}

template <std::same_as<bool> T>
void write_json(T value, std::string& out) {
    out += value ? "true" : "false";
}

template <std::integral T>
requires(!std::same_as<T, bool>) void write_json(T value, std::string& out) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, end);
}

/// Finite ones only: JSON has no others.
template <std::floating_point T>
void write_json(T value, std::string& out) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, end);
}

template <class T>
void write_json(const std::vector<T>& items, std::string& out);

template <described T>
void write_json(const T& object, std::string& out) {
    char separator = '{';
    for_each_field(object, [&]<class Member>(std::string_view name, const Member& member) {
        const auto field = [&](const auto& value) {
            out += separator;
            out += '"';
            out += name;
            out += "\":";
            write_json(value, out);
            separator = ',';
        };
        if constexpr (requires { member.has_value(); }) {
            if (member) field(*member);
        } else {
            field(member);
        }
    });
    if (separator == '{') out += '{';
    out += '}';
}

template <class T>
void write_json(const std::vector<T>& items, std::string& out) {
    out += '[';
    for (const auto& item : items) {
        if (&item != items.data()) out += ',';
        write_json(item, out);
    }
    out += ']';
}

template <class T>
std::string to_json(const T& value) {
    std::string out;
    write_json(value, out);
    return out;
}

} // namespace postbus::schemas
