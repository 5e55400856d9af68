#include "services/kit/uri.hpp"

namespace postbus::kit {

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const auto c : text) {
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                                c == '~';
        const auto byte = static_cast<unsigned char>(c);
        if (unreserved) out += c;
        else {
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 15U];
        }
    }
    return out;
}

std::string fill_path(std::string_view path_template,
                      const std::function<std::string(std::string_view name)>& value_of) {
    std::string out;
    while (!path_template.empty()) {
        const auto open = path_template.find('{');
        const auto close = path_template.find('}', open);
        if (open == std::string_view::npos || close == std::string_view::npos) break;
        out += path_template.substr(0, open);
        out += percent_encode(value_of(path_template.substr(open + 1, close - open - 1)));
        path_template.remove_prefix(close + 1);
    }
    return out += path_template;
}

std::string next_page_link(std::string_view path, const std::vector<bus::field>& query) {
    auto out = '<' + std::string{path};
    auto separator = '?';
    for (const auto& [name, value] : query) {
        out += separator + percent_encode(name) + '=' + percent_encode(value);
        separator = '&';
    }
    return out += ">; rel=\"next\"";
}

} // namespace postbus::kit
