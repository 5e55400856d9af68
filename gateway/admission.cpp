#include "gateway/admission.hpp"

#include "bus/messages.hpp"
#include "gateway/field_syntax.hpp"
#include "gateway/idempotency_key.hpp"
#include "gateway/preferred_wait.hpp"
#include "gateway/target.hpp"

#include <algorithm>
#include <optional>

namespace postbus::gateway {

namespace {

bool is_json(std::string_view content_type) noexcept {
    return same_name(trim(content_type.substr(0, content_type.find(';'))), "application/json");
}

/// W3C Trace Context, version 00: anything else is not passed on.
bool is_traceparent(std::string_view text) noexcept {
    constexpr std::string_view shape = "00-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";
    return std::equal(text.begin(), text.end(), shape.begin(), shape.end(), [](char c, char at) {
        return at != 'x' ? c == at : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

direct_answer no_content(method_set allowed) {
    return {.status = 204, .body = {}, .allow = allowed.text()};
}

direct_answer reserved_path(method wanted, std::string_view path, const service_view& services) {
    method_set allowed;
    allowed.add(method::get);
    if (path != "/livez" && path != "/readyz" && path != "/metrics")
        return refuse(refusal::not_found);
    if (wanted == method::options) return no_content(allowed);
    if (wanted != method::get && wanted != method::head) {
        auto answer = refuse(refusal::method_not_allowed);
        answer.allow = allowed.text();
        return answer;
    }
    if (path == "/readyz") {
        auto answer = readiness(services);
        answer.route = route_numbers::readyz;
        return answer;
    }
    if (path == "/metrics") {
        auto answer = services.draining ? refuse(refusal::draining) : direct_answer{};
        answer.metrics = !services.draining;
        answer.route = route_numbers::metrics;
        return answer;
    }
    return {.status = 200,
            .body = R"({"status":"alive"})",
            .allow = {},
            .metrics = false,
            .route = route_numbers::livez};
}

/// There is no route for the method: because of the method, or is there no such path?
direct_answer without_route(method wanted, const route_match& match, const service_view& services) {
    if (!match.allowed.empty()) {
        if (wanted == method::options) return no_content(match.allowed);
        auto answer = refuse(refusal::method_not_allowed);
        answer.allow = match.allowed.text();
        return answer;
    }
    if (!services.settled) return refuse(refusal::routes_not_known);
    return refuse(wanted == method::other ? refusal::not_implemented : refusal::not_found);
}

/// The client's own name for a write, and with it the content type: both make the request what it
/// is, whatever the operation declared.
std::optional<refusal> bind_key(const request_head& head, call_meta_view& meta) {
    bool seen = false;
    for (const auto& field : head.fields) {
        if (!same_name(field.name, bus::idempotency_key_field)) continue;
        const auto key = parse_idempotency_key(field.value);
        if (!key || seen) return refusal::malformed_key;
        seen = true;
        meta.fields.push_back({bus::idempotency_key_field, *key});
    }
    const auto type = head.field(bus::content_type_field);
    if (!seen || type.empty()) return std::nullopt;
    if (!is_text(type)) return refusal::malformed_text;
    meta.fields.push_back({bus::content_type_field, type});
    return std::nullopt;
}

bool bind(const request_head& head, const route_match& match, std::string_view query,
          percent_decoder& decoder, call_meta_view& meta) {
    const auto& to = *match.found;
    meta.operation = to.operation;
    meta.path.clear();
    for (std::size_t i = 0; i < to.parameters.size(); ++i)
        meta.path.push_back({to.parameters[i], match.values[i]});
    meta.query.clear();
    if (!parse_query(query, decoder, meta.query)) return false;
    meta.fields.clear();
    for (const auto& name : to.fields)
        for (const auto& field : head.fields)
            if (same_name(field.name, name)) {
                if (!is_text(field.value)) return false;
                meta.fields.push_back({name, field.value});
            }
    const auto trace = head.field("traceparent");
    meta.trace = is_traceparent(trace) ? trace : std::string_view{};
    meta.principal = {};
    return true;
}

} // namespace

admission admit(const request_head& head, const framing& framing, const service_view& services,
                percent_decoder& decoder, call_meta_view& meta) {
    const auto wanted = parse_method(head.method);
    const auto expectation = head.field("expect");
    const bool expects_continue = same_name(expectation, "100-continue");
    if (!expectation.empty() && !expects_continue) return refuse(refusal::expectation_failed);

    target at;
    if (!at.parse(head.method, head.target)) return refuse(refusal::malformed_request);
    if (at.path == "*")
        return direct_answer{
            .status = 204, .body = {}, .allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"};
    if (is_reserved(at.path)) return reserved_path(wanted, at.path, services);

    decoder.clear();
    const auto match = services.routes.match(wanted, at.path, decoder);
    if (match.malformed) return refuse(refusal::malformed_text);
    if (match.found == nullptr) return without_route(wanted, match, services);
    if (framing.has_body()) {
        const auto encoding = head.field("content-encoding");
        if (!is_json(head.field("content-type")) ||
            !(encoding.empty() || same_name(encoding, "identity")))
            return refuse(refusal::unsupported_media_type);
    }
    if (!bind(head, match, at.query, decoder, meta)) return refuse(refusal::malformed_text);
    if (match.found->write)
        if (const auto why = bind_key(head, meta)) return refuse(*why);
    admitted out{match.found, expects_continue};
    if (!match.found->terminal_states.empty()) out.wait = preferred_wait(head.fields);
    return out;
}

direct_answer refuse(refusal why) {
    auto problem = describe(why);
    return {.status = problem.status,
            .body = std::move(problem.body),
            .allow = {},
            .metrics = false,
            .route = route_numbers::none,
            .why = why};
}

direct_answer readiness(const service_view& services) {
    if (services.draining) return refuse(refusal::draining);
    if (!services.settled || services.routes.size() == 0) return refuse(refusal::routes_not_known);
    return {.status = 200, .body = R"({"status":"ready"})", .allow = {}};
}

} // namespace postbus::gateway
