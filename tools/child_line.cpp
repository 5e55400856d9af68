#include "tools/child_line.hpp"

#include "bus/log_line.hpp"
#include "schemas/json_read.hpp"
#include "schemas/json_write.hpp"

#include <array>

namespace postbus::tools {
namespace {

constexpr std::array<std::string_view, 6> colours{"\x1b[36m", "\x1b[33m", "\x1b[32m",
                                                  "\x1b[35m", "\x1b[34m", "\x1b[91m"};

bool is_json_object(std::string_view line) {
    if (!line.starts_with('{')) return false;
    schemas::json_document document;
    return document.parse(line) && document.root().is_object();
}

std::string json_child_line(std::string_view name, std::string_view line,
                            std::chrono::system_clock::time_point now) {
    std::string object;
    if (is_json_object(line)) object = line;
    else bus::append_json_line({now, "info", "postbus", 0, line}, object);
    while (object.ends_with('\n')) object.pop_back();
    std::string out = R"({"from":)";
    schemas::write_json(name, out);
    const auto first_field = object.find_first_not_of(" \t", 1);
    if (object[first_field] != '}') out += ',';
    out.append(object, first_field);
    return out += '\n';
}

} // namespace

std::string child_line(const line_style& style, std::string_view name, std::size_t colour_index,
                       std::string_view line, std::chrono::system_clock::time_point now) {
    if (style.json) return json_child_line(name, line, now);
    std::string out;
    if (style.colour) out += colours[colour_index % colours.size()];
    out += name;
    if (name.size() < style.width) out.append(style.width - name.size(), ' ');
    out += " |";
    if (style.colour) out += "\x1b[0m";
    out += ' ';
    out += line;
    return out += '\n';
}

std::string message_of(std::string_view line) {
    schemas::json_document document;
    if (line.starts_with('{') && document.parse(line) && document.root().is_object()) {
        const auto* message = document.root().get_object().if_contains("message");
        if (message && message->is_string()) return std::string{message->get_string()};
    }
    // "2026-01-31T10:00:00.000Z error   postbus-orders[42] message"
    const bool dated = line.size() > 24 && line[4] == '-' && line[10] == 'T' && line[23] == 'Z';
    const auto end = dated ? line.find("] ") : std::string_view::npos;
    return std::string{end == std::string_view::npos ? line : line.substr(end + 2)};
}

} // namespace postbus::tools
