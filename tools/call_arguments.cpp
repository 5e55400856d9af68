#include "tools/call_arguments.hpp"

#include "schemas/json_read.hpp"

#include <boost/json/serialize.hpp>

namespace postbus::tools {
namespace {

bool in_path(std::string_view path_template, std::string_view name) {
    return path_template.find('{' + std::string{name} + '}') != std::string_view::npos;
}

bool has_body(std::string_view method) {
    return method != "GET" && method != "HEAD" && method != "DELETE";
}

/// A path segment or query parameter is one text: no object, array or null fits.
std::optional<std::string> as_text(const boost::json::value& value) {
    if (value.is_structured() || value.is_null()) return std::nullopt;
    if (const auto* text = value.if_string()) return std::string{*text};
    return boost::json::serialize(value);
}

/// The field that is the whole body, if the operation has one.
std::string whole_body_of(const bus::operation& operation) {
    schemas::json_document document;
    if (operation.request_schema.find(schemas::whole_body_mark) == std::string::npos ||
        !document.parse(operation.request_schema) || !document.root().is_object())
        return {};
    const auto* properties = document.root().get_object().if_contains("properties");
    if (!properties || !properties->is_object()) return {};
    for (const auto& property : properties->get_object())
        if (property.value().is_object() &&
            property.value().get_object().contains(schemas::whole_body_mark))
            return property.key();
    return {};
}

} // namespace

std::optional<call_arguments> split_arguments(const bus::operation& operation,
                                              std::string_view json, std::string& why) {
    schemas::json_document document;
    if (!document.parse(json)) {
        why = "not valid JSON: " + document.error();
        return std::nullopt;
    }
    const auto* fields = document.root().if_object();
    if (!fields) {
        why = R"(must be a JSON object such as {"id":1})";
        return std::nullopt;
    }
    call_arguments out;
    out.meta.operation = operation.name;
    boost::json::object body;
    const auto whole = whole_body_of(operation);
    for (const auto& member : *fields) {
        const std::string name{member.key()};
        const bool path = in_path(operation.path, name);
        if (name == whole) {
            out.body = boost::json::serialize(member.value());
            continue;
        }
        if (!path && whole.empty() && has_body(operation.method)) {
            body[member.key()] = member.value();
            continue;
        }
        auto text = as_text(member.value());
        if (!text) {
            why = name + ": must be a text, a number, true or false: it travels in the " +
                  (path ? "path " : "query of ") + operation.path;
            return std::nullopt;
        }
        (path ? out.meta.path : out.meta.query).push_back({name, std::move(*text)});
    }
    // The text itself when it is the body whole, so that its numbers arrive as they were written.
    if (whole.empty() && has_body(operation.method))
        out.body = body.size() == fields->size() ? std::string{json} : boost::json::serialize(body);
    return out;
}

} // namespace postbus::tools
