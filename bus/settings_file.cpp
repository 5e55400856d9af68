#include "bus/settings_file.hpp"

#include "bus/nearest.hpp"

#include <toml.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace postbus::bus {
namespace {

std::vector<std::string_view> parts_of(std::string_view key) {
    std::vector<std::string_view> parts;
    for (std::size_t dot = 0; (dot = key.find('.')) != std::string_view::npos;
         key.remove_prefix(dot + 1))
        parts.push_back(key.substr(0, dot));
    parts.push_back(key);
    return parts;
}

/// The pattern with the key's own parts in place of `*`, so that the service's name costs nothing
/// when the nearest known key is looked for.
std::string filled_in(std::string_view pattern, std::string_view key) {
    const auto given = parts_of(key);
    std::string out;
    std::size_t i = 0;
    for (const auto part : parts_of(pattern)) {
        if (i != 0) out += '.';
        out += part != "*" ? part : i < given.size() ? given[i] : "NAME";
        ++i;
    }
    return out;
}

class flattener {
public:
    flattener(std::string path, std::span<const std::string_view> known)
        : path_{std::move(path)}, known_{known} {}

    std::vector<file_value> take(const toml::value& root) {
        for (const auto& [name, value] : root.as_table()) visit(name, value);
        return std::move(values_);
    }

private:
    void visit(const std::string& key, const toml::value& value) {
        const bool known = std::ranges::any_of(
            known_, [&](std::string_view pattern) { return matches_key(key, pattern); });
        if (value.is_table() && !known) {
            for (const auto& [name, inner] : value.as_table()) visit(key + '.' + name, inner);
            return;
        }
        const auto line = std::to_string(value.location().line());
        if (!known) throw settings_error{path_ + ':' + line + ": " + unknown(key)};
        values_.push_back(leaf(key, path_ + ':' + line + ": " + key, value));
    }

    std::string unknown(const std::string& key) const {
        std::vector<std::string> candidates;
        for (const auto pattern : known_) {
            candidates.push_back(filled_in(pattern, key));
            if (candidates.back().starts_with(key + '.'))
                return key + " must be a table, with keys such as " + candidates.back();
        }
        return "unknown key '" + key + "'; the nearest known one is '" + nearest(key, candidates) +
               '\'';
    }

    static file_value leaf(const std::string& key, std::string where, const toml::value& value) {
        using shape = enum file_value::shape;
        file_value out{key, std::move(where), shape::other, {}};
        if (value.is_string()) {
            out.shape = shape::text;
            out.texts = {value.as_string().str};
        } else if (value.is_integer()) {
            out.shape = shape::number;
            out.texts = {std::to_string(value.as_integer())};
        } else if (value.is_boolean()) {
            out.shape = shape::truth;
            out.texts = {value.as_boolean() ? "true" : "false"};
        } else if (value.is_array() && std::ranges::all_of(value.as_array(), [](const auto& item) {
                       return item.is_string();
                   })) {
            out.shape = shape::texts;
            for (const auto& item : value.as_array()) out.texts.push_back(item.as_string().str);
        }
        return out;
    }

    std::string path_;
    std::span<const std::string_view> known_;
    std::vector<file_value> values_;
};

/// toml11 explains over several lines with a drawing; the first says it all.
std::string first_line(std::string_view what) {
    what = what.substr(0, what.find('\n'));
    if (what.starts_with("[error] ")) what.remove_prefix(8);
    if (what.starts_with("toml::"))
        if (const auto end = what.find(": "); end != std::string_view::npos)
            what.remove_prefix(end + 2);
    return std::string{what};
}

} // namespace

bool matches_key(std::string_view key, std::string_view pattern) {
    const auto given = parts_of(key);
    const auto wanted = parts_of(pattern);
    return std::ranges::equal(given, wanted, [](std::string_view part, std::string_view want) {
        return want == "*" ? !part.empty() : part == want;
    });
}

std::vector<file_value> read_settings_file(const std::string& path,
                                           std::span<const std::string_view> known) {
    std::error_code failed;
    if (std::filesystem::is_directory(path, failed))
        throw settings_error{path + ": is a folder; a TOML file is wanted"};
    std::ifstream in{path, std::ios::binary};
    if (!in) throw settings_error{path + ": cannot be read"};
    try {
        return flattener{path, known}.take(toml::parse(in, path));
    } catch (const toml::exception& e) {
        throw not_toml(path, e.location().line(), e.what());
    }
}

settings_error not_toml(const std::string& path, std::size_t line, std::string_view what) {
    return settings_error{path + ':' + std::to_string(line) +
                          ": not valid TOML: " + first_line(what)};
}

} // namespace postbus::bus
