#include "gateway/resource_wait.hpp"

#include "gateway/field_syntax.hpp"
#include "gateway/target.hpp"
#include "schemas/json_read.hpp"

#include <algorithm>

namespace postbus::gateway {

resource_wait::resource_wait(const route& created_by, std::chrono::seconds preferred,
                             std::chrono::steady_clock::time_point now)
    : service{created_by.service.substr(0, created_by.service.find('/'))},
      terminal_states{created_by.terminal_states}, wait{preferred}, until{now + preferred} {}

void resource_wait::keep(std::span<const field_view> reply_fields, std::string_view reply_body) {
    std::erase_if(fields, [](const auto& field) { return !same_name(field.name, "location"); });
    const bool located = !fields.empty();
    for (const auto& field : reply_fields)
        if (!located || !same_name(field.name, "location"))
            fields.push_back({std::string{field.name}, std::string{field.value}});
    body = reply_body;
}

bool resource_wait::over() const {
    return is_terminal(body, terminal_states);
}

std::string_view resource_wait::location() const noexcept {
    for (const auto& field : fields)
        if (same_name(field.name, "location")) return field.value;
    return {};
}

bool is_terminal(std::string_view body, std::span<const std::string> states) {
    schemas::json_document json;
    if (!json.parse(body)) return false;
    const auto* object = json.root().if_object();
    const auto* status = object ? object->if_contains("status") : nullptr;
    const auto* text = status ? status->if_string() : nullptr;
    return text && std::any_of(states.begin(), states.end(), [&](const std::string& state) {
               return std::string_view{*text} == state;
           });
}

const route* bind_read(std::string_view location, const route_table& routes,
                       percent_decoder& decoder, call_meta_view& meta) {
    target at;
    if (!at.parse("GET", location)) return nullptr;
    decoder.clear();
    const auto match = routes.match(method::get, at.path, decoder);
    if (match.found == nullptr || match.found->write) return nullptr;
    meta = {};
    meta.operation = match.found->operation;
    for (std::size_t i = 0; i < match.found->parameters.size(); ++i)
        meta.path.push_back({match.found->parameters[i], match.values[i]});
    return parse_query(at.query, decoder, meta.query) ? match.found : nullptr;
}

} // namespace postbus::gateway
