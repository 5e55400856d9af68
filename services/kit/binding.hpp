#pragma once

#include "bus/messages.hpp"
#include "schemas/json_read.hpp"
#include "services/kit/answer.hpp"

#include <optional>
#include <string_view>
#include <vector>

/// From a message to a request struct, by field name out of path, query and body. Pure.

namespace postbus::kit {

namespace detail {

/// The parts that do not depend on the request's type.
class binder {
public:
    /// `meta` and `body` must outlive it.
    binder(const bus::call_meta& meta, std::string_view body);

    /// Null when the body is empty.
    const boost::json::value* json() const noexcept { return body_; }
    const std::vector<schemas::text_value>& texts() const noexcept { return texts_; }
    bool malformed() const noexcept { return malformed_; }

    /// 400 for what is no JSON; 404 when the path names what cannot exist; 422 for the rest.
    answer refuse(schemas::field_errors errors) const;

private:
    bool path_is_at_fault(const schemas::field_errors&) const;

    const bus::call_meta& meta_;
    std::vector<schemas::text_value> texts_;
    schemas::json_document document_;
    const boost::json::value* body_ = nullptr;
    bool malformed_ = false;
};

/// A check of several fields together is a function `check(const request&, field_errors&)` beside
/// the request struct; declare it before the handler table.
template <class Request>
void check_together(const Request& request, schemas::field_errors& errors) {
    if constexpr (requires { check(request, errors); }) check(request, errors);
}

} // namespace detail

/// Nothing when the request is bound; else the refusal.
template <class Request>
std::optional<answer> bind(const bus::call_meta& meta, std::string_view body, Request& out) {
    const detail::binder binder{meta, body};
    schemas::field_errors errors;
    if (binder.malformed()) return binder.refuse(std::move(errors));
    if (schemas::read_request(std::span{binder.texts()}, binder.json(), out, errors, body))
        detail::check_together(out, errors);
    if (errors.empty()) return std::nullopt;
    return binder.refuse(std::move(errors));
}

} // namespace postbus::kit
