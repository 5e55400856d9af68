#include "bus/setting.hpp"

#include <algorithm>
#include <charconv>

namespace postbus::bus {
namespace {

using shape = enum file_value::shape;

[[noreturn]] void wrong(const std::string& where, const std::string& what) {
    throw settings_error{where + ": " + what};
}

std::int64_t to_number(const std::string& text, std::int64_t minimum, std::int64_t maximum,
                       const std::string& where) {
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [used, failed] = std::from_chars(text.data(), end, number);
    if (failed != std::errc{} || used != end || number < minimum || number > maximum)
        wrong(where, "must be a whole number from " + std::to_string(minimum) + " to " +
                         std::to_string(maximum) + ", not '" + text + '\'');
    return number;
}

bool to_truth(const std::string& text, const std::string& where) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    wrong(where, "must be true or false, not '" + text + '\'');
}

std::vector<endpoint> to_brokers(const setting::texts& texts, const std::string& where) {
    std::string why;
    std::vector<endpoint> out;
    for (const auto& text : texts) {
        const auto one = parse_endpoint(text, why);
        if (!one) wrong(where, why);
        out.push_back(*one);
    }
    if (out.empty()) wrong(where, "names no broker");
    return out;
}

std::string joined(const setting::texts& texts) {
    std::string out;
    for (const auto& text : texts) out += (out.empty() ? "" : ",") + text;
    return out;
}

} // namespace

setting setting::of_text(std::string& value) {
    setting out;
    out.type = "TEXT";
    out.fallback = value;
    out.wanted = "a text";
    out.shapes = {shape::text};
    out.assign = [&value](const texts& given, const std::string&) { value = given.back(); };
    return out;
}

setting setting::of_texts(texts& value) {
    setting out;
    out.type = "TEXT";
    out.fallback = joined(value);
    out.wanted = "a text or an array of texts";
    out.shapes = {shape::text, shape::texts};
    out.many = true;
    out.assign = [&value](const texts& given, const std::string&) { value = given; };
    return out;
}

setting setting::of_number(std::int64_t& value, std::int64_t minimum, std::int64_t maximum) {
    setting out;
    out.type = "NUMBER";
    out.fallback = std::to_string(value);
    out.wanted = "a whole number";
    out.shapes = {shape::number};
    out.assign = [&value, minimum, maximum](const texts& given, const std::string& where) {
        value = to_number(given.back(), minimum, maximum, where);
    };
    return out;
}

setting setting::of_toggle(bool& value) {
    setting out;
    out.wanted = "true or false";
    out.shapes = {shape::truth};
    out.assign = [&value](const texts& given, const std::string& where) {
        value = to_truth(given.back(), where);
    };
    return out;
}

setting setting::of_numbers(std::map<std::string, std::int64_t>& value, std::int64_t minimum,
                            std::int64_t maximum) {
    setting out;
    out.type = "NAME=NUMBER";
    out.wanted = "a whole number";
    out.shapes = {shape::number};
    out.many = true;
    out.assign_entry = [&value, minimum, maximum](const std::string& name, const std::string& text,
                                                  const std::string& where) {
        value[name] = to_number(text, minimum, maximum, where);
    };
    return out;
}

setting setting::of_brokers(std::vector<endpoint>& value) {
    setting out;
    out.type = "tcp://HOST:PORT";
    out.fallback = default_bus;
    out.wanted = "a text or an array of texts";
    out.shapes = {shape::text, shape::texts};
    out.many = true;
    out.assign = [&value](const texts& given, const std::string& where) {
        value = to_brokers(given, where);
    };
    return out;
}

setting setting::of_log_format(std::string& value) {
    auto out = of_text(value);
    out.type = "text|json";
    out.assign = [&value](const texts& given, const std::string& where) {
        if (given.back() != "text" && given.back() != "json")
            wrong(where, "must be text or json, not '" + given.back() + '\'');
        value = given.back();
    };
    return out;
}

std::string variable_name(std::string name) {
    for (char& c : name) c = c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    return "POSTBUS_" + name;
}

std::vector<std::string> split_at_commas(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        if (comma != 0) out.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return out;
}

} // namespace postbus::bus
