#include "services/kit/binding.hpp"

#include <algorithm>

namespace postbus::kit::detail {

binder::binder(const bus::call_meta& meta, std::string_view body) : meta_{meta} {
    texts_.reserve(meta.path.size() + meta.query.size());
    for (const auto& given : meta.path) texts_.push_back({given.name, given.value});
    for (const auto& given : meta.query) texts_.push_back({given.name, given.value});
    if (body.empty()) return;
    malformed_ = !document_.parse(body);
    if (!malformed_) body_ = &document_.root();
}

answer binder::refuse(schemas::field_errors errors) const {
    if (malformed_) return problem({400, "the body is not JSON: " + document_.error(), {}});
    if (path_is_at_fault(errors)) {
        std::string detail = "nothing is at this path";
        for (const auto& error : errors) detail += "; " + error.field + ' ' + error.message;
        return problem({404, std::move(detail), {}});
    }
    return problem({422, "the request has fields that are wrong", std::move(errors)});
}

// A name that is in the path and again in query or body is the caller's mistake, not the path's.
bool binder::path_is_at_fault(const schemas::field_errors& errors) const {
    const auto named = [](const auto& fields, const std::string& name) {
        return std::any_of(fields.begin(), fields.end(),
                           [&](const auto& field) { return field.name == name; });
    };
    const auto* object = body_ ? body_->if_object() : nullptr;
    return std::any_of(errors.begin(), errors.end(), [&](const auto& error) {
        return named(meta_.path, error.field) && !named(meta_.query, error.field) &&
               !(object && object->contains(error.field));
    });
}

} // namespace postbus::kit::detail
