#pragma once

#include "bus/endpoint.hpp"
#include "bus/settings_file.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::bus {

/// One setting, whatever its type: what it may be given as, and how that becomes its value. Each
/// factory binds the variable that holds the value. Assigning throws settings_error, which begins
/// with `where` the value came from ("--http").
struct setting {
    using texts = std::vector<std::string>;

    std::string type;                           ///< for --help: "TEXT"; empty: a flag without value
    std::string fallback;                       ///< for --help: what it is by default
    std::string wanted;                         ///< for messages: "a text"
    std::vector<enum file_value::shape> shapes; ///< what the file may hold for it
    bool many = false;                          ///< takes several texts
    std::function<void(const texts&, const std::string& where)> assign;
    /// Instead of `assign`, for a map: sets the entry `name`.
    std::function<void(const std::string& name, const std::string& text, const std::string& where)>
        assign_entry;

    static setting of_text(std::string& value);
    static setting of_texts(texts& value);
    static setting of_number(std::int64_t& value, std::int64_t minimum, std::int64_t maximum);
    static setting of_toggle(bool& value);
    static setting of_numbers(std::map<std::string, std::int64_t>& value, std::int64_t minimum,
                              std::int64_t maximum);
    static setting of_brokers(std::vector<endpoint>& value);
    static setting of_log_format(std::string& value);
};

/// "log-format" -> "POSTBUS_LOG_FORMAT".
std::string variable_name(std::string name);

/// What a variable holds for a setting that takes several texts.
std::vector<std::string> split_at_commas(std::string_view);

} // namespace postbus::bus
