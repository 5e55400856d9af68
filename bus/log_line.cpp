#include "bus/log_line.hpp"

#include "schemas/json_write.hpp"

#include <cstdio>
#include <ctime>

namespace postbus::bus {
namespace {

/// RFC 3339, UTC, milliseconds.
void append_time(std::chrono::system_clock::time_point at, std::string& out) {
    const auto ms = std::chrono::floor<std::chrono::milliseconds>(at).time_since_epoch().count();
    const std::time_t seconds = ms / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[40];
    const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    out.append(text, size);
    std::snprintf(text, sizeof text, ".%03dZ", static_cast<int>(ms % 1000));
    out += text;
}

/// How many bytes the well-formed character at the front takes; 0: it is not one.
std::size_t character_size(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t size = first >= 0xC2 && first <= 0xDF   ? 2
                             : first >= 0xE0 && first <= 0xEF ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
    if (size == 0 || text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
    // Overlong forms, surrogates, and what lies past U+10FFFF.
    if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
        (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F))
        return 0;
    return size;
}

} // namespace

void append_text_line(const log_entry& entry, std::string& out) {
    append_time(entry.at, out);
    out += ' ';
    out += entry.level;
    out.append(entry.level.size() < 8 ? 8 - entry.level.size() : 1, ' ');
    out += entry.program;
    out += '[';
    out += std::to_string(entry.pid);
    out += "] ";
    for (const char c : entry.message) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n') out += "\\n";
        else if (byte >= 0x20 && byte != 0x7F) out += c;
        else {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
            out += escaped;
        }
    }
    out += '\n';
}

void append_json_line(const log_entry& entry, std::string& out) {
    out += R"({"time":")";
    append_time(entry.at, out);
    out += R"(","level":)";
    schemas::write_json(entry.level, out);
    out += R"(,"program":)";
    schemas::write_json(to_utf8(entry.program), out);
    out += R"(,"pid":)";
    schemas::write_json(entry.pid, out);
    out += R"(,"message":)";
    schemas::write_json(to_utf8(entry.message), out);
    out += "}\n";
}

std::string to_utf8(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto size = character_size(bytes);
        if (size != 0) out += bytes.substr(0, size);
        else out += "\xEF\xBF\xBD";
        bytes.remove_prefix(size != 0 ? size : 1);
    }
    return out;
}

} // namespace postbus::bus
