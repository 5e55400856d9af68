#include "services/kit/context.hpp"

#include "services/kit/uri.hpp"

#include <algorithm>

namespace postbus::kit {

std::optional<std::string_view> context::field(std::string_view name) const {
    const auto found = std::find_if(meta_.fields.begin(), meta_.fields.end(),
                                    [&](const auto& field) { return field.name == name; });
    if (found == meta_.fields.end()) return std::nullopt;
    return found->value;
}

void context::set_field(std::string name, std::string value) {
    reply_.fields.push_back({std::move(name), std::move(value)});
}

void context::link_next(std::int64_t after, std::int64_t limit) {
    std::vector<bus::field> query{{"after", std::to_string(after)},
                                  {"limit", std::to_string(limit)}};
    for (const auto& given : meta_.query)
        if (given.name != "after" && given.name != "limit") query.push_back(given);
    const auto path = fill_path(path_template_, [&](std::string_view name) {
        const auto found = std::find_if(meta_.path.begin(), meta_.path.end(),
                                        [&](const auto& given) { return given.name == name; });
        return found == meta_.path.end() ? std::string{} : found->value;
    });
    set_field("link", next_page_link(path, query));
}

} // namespace postbus::kit
