#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::bus {

/// One clear line for a person, without the program's name.
struct settings_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// One key of a TOML file.
struct file_value {
    enum class shape { text, number, truth, texts, other };

    std::string key;   ///< dotted path: "services.orders.db"
    std::string where; ///< "postbus.toml:3: services.orders.db"
    shape shape = shape::other;
    std::vector<std::string> texts; ///< the value as text; several only for shape::texts
};

/// Every value of the file, tables flattened to dotted keys. Throws settings_error when the file
/// cannot be read, is not TOML, or holds a key that is not in `known` (`*` there stands for any one
/// part of a path).
std::vector<file_value> read_settings_file(const std::string& path,
                                           std::span<const std::string_view> known);

/// What is said of a file that TOML's parser refused with `what`.
settings_error not_toml(const std::string& path, std::size_t line, std::string_view what);

/// True when `key` is `pattern` with each `*` filled in.
bool matches_key(std::string_view key, std::string_view pattern);

} // namespace postbus::bus
