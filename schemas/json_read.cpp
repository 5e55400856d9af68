#include "schemas/json_read.hpp"

#include <boost/json/parse_options.hpp>
#include <boost/json/stream_parser.hpp>

#include <cmath>

namespace postbus::schemas {

bool json_document::parse(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = max_json_depth;
    boost::json::stream_parser parser{{}, options};
    parser.reset(&memory_);
    boost::json::error_code failed;
    const auto used = parser.write_some(text.data(), text.size(), failed);
    if (!failed && used != text.size()) failed = boost::json::error::extra_data;
    if (!failed) parser.finish(failed);
    if (failed) {
        error_ = failed.message() + " at byte " + std::to_string(used);
        return false;
    }
    root_.emplace(parser.release());
    return true;
}

namespace detail {

std::string json_path::text() const {
    auto out = parent ? parent->text() : std::string{};
    if (name.empty()) return parent ? out + '[' + std::to_string(index) + ']' : out;
    if (!out.empty()) out += '.';
    return out += name;
}

void report(field_errors& errors, const json_path& at, std::string message) {
    if (errors.size() < max_field_errors)
        errors.push_back({at.text().substr(0, 200), std::move(message)});
}

void check_integer(std::int64_t value, const field_rule& rule, const json_path& at,
                   field_errors& errors) {
    if (value < rule.minimum)
        report(errors, at, "must be at least " + std::to_string(rule.minimum));
    if (value > rule.maximum) report(errors, at, "must be at most " + std::to_string(rule.maximum));
}

void check_length(std::size_t length, bool text, const field_rule& rule, const json_path& at,
                  field_errors& errors) {
    const auto unit = text ? " characters" : " elements";
    if (length < rule.min_length)
        report(errors, at,
               rule.min_length == 1
                   ? "must not be empty"
                   : "must have at least " + std::to_string(rule.min_length) + unit);
    if (length > rule.max_length)
        report(errors, at, "must have at most " + std::to_string(rule.max_length) + unit);
}

void check_text(std::string_view text, const field_rule& rule, const json_path& at,
                field_errors& errors) {
    const auto before = errors.size();
    check_length(count_code_points(text), true, rule, at, errors);
    if (errors.size() == before && rule.format && !rule.format->matches(text))
        report(errors, at, std::string{rule.format->wanted});
}

std::size_t count_code_points(std::string_view utf8) {
    std::size_t count = 0;
    for (const auto byte : utf8) count += (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
    return count;
}

std::optional<std::int64_t> integer_of(const boost::json::value& json, const json_path& at,
                                       field_errors& errors) {
    if (const auto* value = json.if_int64()) return *value;
    const auto* real = json.if_double();
    // 1e400 and 18446744073709551616 arrive as doubles, and are integers all the same.
    if (json.is_uint64() || (real && std::abs(*real) >= 9.2e18))
        report(errors, at, "is out of range: at most 9223372036854775807");
    else report(errors, at, "must be an integer");
    return std::nullopt;
}

std::optional<std::int64_t> integer_of(std::string_view text, const json_path& at,
                                       field_errors& errors) {
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed == std::errc::result_out_of_range)
        report(errors, at, "is out of range: at most 9223372036854775807");
    else if (failed != std::errc{} || end != text.data() + text.size())
        report(errors, at, "must be an integer");
    else return value;
    return std::nullopt;
}

} // namespace detail
} // namespace postbus::schemas
