#include "schemas/json_write.hpp"

#include <boost/json/serializer.hpp>

#include <algorithm>

namespace postbus::schemas {

namespace {

constexpr bool plain(char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

void write_escaped(std::string_view text, std::string& out) {
    thread_local boost::json::serializer writer;
    writer.reset(boost::json::string_view{text.data(), text.size()});
    char buffer[256];
    while (!writer.done()) {
        const auto part = writer.read(buffer);
        out.append(part.data(), part.size());
    }
}

} // namespace

void write_json(std::string_view text, std::string& out) {
    // Most texts are names and the like: the library's serializer costs more than they do.
    if (!std::all_of(text.begin(), text.end(), plain)) return write_escaped(text, out);
    out += '"';
    out += text;
    out += '"';
}

} // namespace postbus::schemas
