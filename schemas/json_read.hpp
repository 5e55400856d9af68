#pragma once

#include "schemas/describe.hpp"
#include "schemas/raw_json.hpp"
#include "schemas/rules.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>

#include <charconv>
#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// JSON to structs. Each fault names its field (`items[2].quantity`) and what would be right; an
/// unknown field is a fault. A field is required unless it is a std::optional.

namespace postbus::schemas {

inline constexpr std::size_t max_json_depth = 32;
inline constexpr std::size_t max_field_errors = 20;

/// Parsed JSON and the memory it lives in. Strict RFC 8259, valid UTF-8, at most max_json_depth
/// deep.
class json_document {
public:
    json_document() = default;
    json_document(const json_document&) = delete;
    json_document& operator=(const json_document&) = delete;

    /// True when `text` is one JSON value; else error() says what is wrong and at which byte.
    bool parse(std::string_view text);
    const boost::json::value& root() const noexcept { return *root_; }
    const std::string& error() const noexcept { return error_; }

private:
    unsigned char first_block_[2048];
    boost::json::monotonic_resource memory_{first_block_};
    std::optional<boost::json::value> root_;
    std::string error_;
};

/// A value that came as text: a path segment or a query parameter, percent-decoded.
struct text_value {
    std::string_view name;
    std::string_view text;
};

namespace detail {

/// Where in the document the reader is; printed only when something is wrong.
struct json_path {
    const json_path* parent = nullptr;
    std::string_view name;
    std::size_t index = 0;

    std::string text() const;
};

void report(field_errors& errors, const json_path& at, std::string message);
void check_integer(std::int64_t value, const field_rule&, const json_path&, field_errors&);
void check_length(std::size_t length, bool text, const field_rule&, const json_path&,
                  field_errors&);
/// Length and form.
void check_text(std::string_view, const field_rule&, const json_path&, field_errors&);
std::size_t count_code_points(std::string_view utf8);
std::optional<std::int64_t> integer_of(const boost::json::value&, const json_path&, field_errors&);
std::optional<std::int64_t> integer_of(std::string_view text, const json_path&, field_errors&);

template <described T>
void read_object(const boost::json::object&, T& out, const json_path*, field_errors&);

template <class T>
void read_value(const boost::json::value& json, T& out, const field_rule& rule, const json_path& at,
                field_errors& errors) {
    if constexpr (std::same_as<T, bool>) {
        if (json.is_bool()) out = json.get_bool();
        else report(errors, at, "must be true or false");
    } else if constexpr (std::same_as<T, std::int64_t>) {
        if (const auto value = integer_of(json, at, errors)) {
            out = *value;
            check_integer(*value, rule, at, errors);
        }
    } else if constexpr (std::same_as<T, std::string>) {
        if (!json.is_string()) return report(errors, at, "must be a text");
        const auto& text = json.get_string();
        out.assign(text.data(), text.size());
        check_text(out, rule, at, errors);
    } else if constexpr (requires {
                             out.emplace();
                             out.has_value();
                         }) {
        read_value(json, out.emplace(), rule, at, errors);
    } else if constexpr (described<T>) {
        if (!json.is_object()) return report(errors, at, "must be an object");
        read_object(json.get_object(), out, &at, errors);
    } else {
        if (!json.is_array()) return report(errors, at, "must be an array");
        const auto& items = json.get_array();
        check_length(items.size(), false, rule, at, errors);
        out.clear();
        for (std::size_t i = 0; i < items.size() && errors.size() < max_field_errors; ++i)
            read_value(items[i], out.emplace_back(), field_rule{}, json_path{&at, {}, i}, errors);
    }
}

template <class T>
constexpr bool is_optional = requires(T value) {
    value.has_value();
};

template <class T>
void read_text(std::string_view text, T& out, const field_rule& rule, const json_path& at,
               field_errors& errors) {
    if constexpr (is_optional<T>) {
        read_text(text, out.emplace(), rule, at, errors);
    } else if constexpr (std::same_as<T, bool>) {
        if (text == "true" || text == "false") out = text == "true";
        else report(errors, at, "must be true or false");
    } else if constexpr (std::same_as<T, std::int64_t>) {
        if (const auto value = integer_of(text, at, errors)) {
            out = *value;
            check_integer(*value, rule, at, errors);
        }
    } else if constexpr (std::same_as<T, std::string>) {
        out = text;
        check_text(out, rule, at, errors);
    } else {
        report(errors, at, "must be given in the body");
    }
}

template <described T>
constexpr bool has_field(std::string_view name) {
    bool found = false;
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) { found |= name == member.name; });
    return found;
}

/// "; the fields are id, name".
template <described T>
std::string unknown_field() {
    std::string message = "is unknown; known here: ";
    const auto start = message.size();
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
        if (message.size() != start) message += ", ";
        message += member.name;
    });
    return message.size() == start ? "is unknown; no field is known here" : message;
}

template <described T>
void read_object(const boost::json::object& json, T& out, const json_path* parent,
                 field_errors& errors) {
    for (const auto& member : json)
        if (const std::string_view name{member.key().data(), member.key().size()};
            !has_field<T>(name))
            report(errors, json_path{parent, name}, unknown_field<T>());
    for_each_field(out, [&]<class Member>(std::string_view name, Member& member) {
        const json_path at{parent, name};
        if (const auto* found = json.if_contains({name.data(), name.size()}))
            read_value(*found, member, rule_for<T>(name), at, errors);
        else if (!is_optional<Member>) report(errors, at, "is missing");
    });
}

} // namespace detail

/// Reads a JSON object into `out`; true when nothing was wrong.
template <described T>
bool read_json(const boost::json::value& json, T& out, field_errors& errors) {
    const auto before = errors.size();
    if (json.is_object()) detail::read_object(json.get_object(), out, nullptr, errors);
    else detail::report(errors, {}, "must be an object");
    return errors.size() == before;
}

/// Binds a request struct by field name from texts (path and query) and a body (null: none). A
/// field given twice is a fault. A raw_json member takes `body_text`, which `body` was parsed from.
/// True when nothing was wrong.
template <described T>
bool read_request(std::span<const text_value> texts, const boost::json::value* body, T& out,
                  field_errors& errors, std::string_view body_text = {}) {
    const auto before = errors.size();
    const bool whole = takes_whole_body<T>();
    const auto* object = body && !whole ? body->if_object() : nullptr;
    if (body && !object && !whole) detail::report(errors, {}, "the body must be a JSON object");
    for (const auto& given : texts)
        if (!detail::has_field<T>(given.name))
            detail::report(errors, {nullptr, given.name}, detail::unknown_field<T>());
    if (object)
        for (const auto& member : *object)
            if (const std::string_view name{member.key().data(), member.key().size()};
                !detail::has_field<T>(name))
                detail::report(errors, {nullptr, name}, detail::unknown_field<T>());
    for_each_field(out, [&]<class Member>(std::string_view name, Member& member) {
        const detail::json_path at{nullptr, name};
        const text_value* text = nullptr;
        bool twice = false;
        for (const auto& given : texts)
            if (given.name == name) {
                twice |= text != nullptr;
                text = &given;
            }
        if constexpr (std::same_as<Member, raw_json>) {
            if (text) detail::report(errors, at, "must be given in the body");
            else if (body) member.text = body_text;
            else detail::report(errors, at, "is missing: it is the body");
            return;
        } else {
            const auto* json = object ? object->if_contains({name.data(), name.size()}) : nullptr;
            if (twice || (text && json)) detail::report(errors, at, "is given twice");
            else if (text) detail::read_text(text->text, member, rule_for<T>(name), at, errors);
            else if (json) detail::read_value(*json, member, rule_for<T>(name), at, errors);
            else if (!detail::is_optional<Member>) detail::report(errors, at, "is missing");
        }
    });
    return errors.size() == before;
}

} // namespace postbus::schemas
