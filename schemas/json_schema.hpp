#pragma once

#include "schemas/describe.hpp"
#include "schemas/json_write.hpp"
#include "schemas/rules.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <vector>

/// JSON Schema (draft 2020-12, as OpenAPI 3.1 uses it) of a described struct.

namespace postbus::schemas {

namespace detail {

template <class T>
struct schema_of;

template <>
struct schema_of<bool> {
    static boost::json::object make(const field_rule&) { return {{"type", "boolean"}}; }
};

template <>
struct schema_of<std::int64_t> {
    static boost::json::object make(const field_rule& rule);
};

template <>
struct schema_of<std::string> {
    static boost::json::object make(const field_rule& rule);
};

template <>
struct schema_of<raw_json> {
    static boost::json::object make(const field_rule&) { return {{whole_body_mark, true}}; }
};

template <class T>
struct schema_of<std::optional<T>> : schema_of<T> {};

template <class T>
struct schema_of<std::vector<T>> {
    static boost::json::object make(const field_rule& rule) {
        boost::json::object out{{"type", "array"}, {"items", schema_of<T>::make(field_rule{})}};
        if (rule.min_length != field_rule{}.min_length) out["minItems"] = rule.min_length;
        if (rule.max_length != field_rule{}.max_length) out["maxItems"] = rule.max_length;
        return out;
    }
};

template <described T>
struct schema_of<T> {
    static boost::json::object make(const field_rule&) {
        boost::json::object properties;
        boost::json::array required;
        T sample{};
        for_each_field(sample, [&]<class Member>(std::string_view name, const Member&) {
            properties[name] = schema_of<Member>::make(rule_for<T>(name));
            if constexpr (!requires(Member m) { m.has_value(); }) required.emplace_back(name);
        });
        return {{"type", "object"},
                {"properties", std::move(properties)},
                {"required", std::move(required)},
                {"additionalProperties", false}};
    }
};

} // namespace detail

template <class T>
std::string json_schema() {
    return boost::json::serialize(detail::schema_of<T>::make(field_rule{}));
}

} // namespace postbus::schemas
