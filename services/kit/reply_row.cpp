#include "services/kit/reply_row.hpp"

#include "schemas/json_read.hpp"
#include "schemas/json_write.hpp"

#include <stdexcept>

namespace postbus::kit {

namespace {

constexpr std::string_view no_fields = "[]";

std::vector<bus::field> read_fields(const std::string& text) {
    std::vector<bus::field> out;
    if (text == no_fields) return out;
    schemas::json_document json;
    if (!json.parse(text) || !json.root().is_array())
        throw std::runtime_error{"a recorded reply's fields cannot be read"};
    for (const auto& item : json.root().get_array()) {
        schemas::field_errors errors;
        if (!schemas::read_json(item, out.emplace_back(), errors))
            throw std::runtime_error{"a recorded reply's fields cannot be read"};
    }
    return out;
}

} // namespace

answer recorded_answer(reply_row row) {
    answer out;
    out.status = static_cast<std::uint16_t>(row.status);
    out.fields = read_fields(row.fields);
    out.body = std::move(row.body);
    return out;
}

void write_fields_column(const answer& reply, std::string& out) {
    out.clear();
    schemas::write_json(reply.fields, out);
}

} // namespace postbus::kit
