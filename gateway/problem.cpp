#include "gateway/problem.hpp"

#include "gateway/http_message.hpp"
#include "schemas/json_write.hpp"
#include "schemas/problem.hpp"

#include <algorithm>
#include <iterator>

namespace postbus::gateway {

namespace {

struct kind_of_problem {
    unsigned status;
    std::string_view name;
    std::string_view detail;
    std::string_view field = {}; ///< that is at fault
    std::string_view wanted = {};
};

constexpr kind_of_problem kinds[] = {
    {400, "malformed-request", "the request is not well-formed HTTP/1.1"},
    {400, "malformed-text", "path, query and forwarded fields must be UTF-8, percent-encoded well"},
    {400, "malformed-key", "the Idempotency-Key is malformed", "idempotency-key",
     "must be given once, as 1 to 255 printable ASCII characters in double quotes, such as "
     "\"8e03978e-40d5-43dd\"; a quote or backslash inside has a backslash before it"},
    {404, "not-found", "no service has announced this path"},
    {405, "method-not-allowed", "this path has other methods: see Allow"},
    {408, "request-timeout", "the request took too long to arrive"},
    {413, "content-too-large", "the body is larger than this gateway takes"},
    {414, "target-too-long", "the request target is longer than this gateway takes"},
    {415, "unsupported-media-type", "a body must be sent as Content-Type: application/json"},
    {417, "expectation-failed", "the only expectation met here is 100-continue"},
    {431, "head-too-large", "the request's fields are more or larger than this gateway takes"},
    {501, "not-implemented", "this method is not known here"},
    {505, "version-not-supported", "this gateway speaks HTTP/1.1 and HTTP/1.0"},
    {503, "routes-not-known", "the gateway has not heard of all services yet"},
    {503, "too-many-connections", "the gateway has as many connections as it takes"},
    {503, "draining", "the gateway is shutting down"},
};
static_assert(std::size(kinds) == refusals);

constexpr std::string_view names_of_errors[] = {
    "ok",        "unknown-service", "no-worker", "queue-full",    "expired", "resends-used-up",
    "cancelled", "too-late",        "no-broker", "shutting-down", "storage", "malformed-message",
    "failed",    "forbidden",
};
static_assert(std::size(names_of_errors) == static_cast<std::size_t>(bus::last_errc) + 1);

problem_answer write(const kind_of_problem& kind, std::string_view outcome) {
    schemas::problem problem;
    problem.type = "urn:postbus:problem:";
    problem.type += kind.name;
    problem.title = reason(kind.status);
    problem.status = kind.status;
    problem.detail = kind.detail;
    if (!kind.field.empty()) problem.errors = {{std::string{kind.field}, std::string{kind.wanted}}};
    if (!outcome.empty()) problem.outcome = outcome;
    return {kind.status, schemas::to_json(problem)};
}

} // namespace

std::string_view name(refusal why) noexcept {
    return kinds[static_cast<std::size_t>(why)].name;
}

problem_answer describe(refusal why) {
    const auto& kind = kinds[static_cast<std::size_t>(why)];
    return write(kind, kind.status == 503 ? name(bus::outcome::not_executed) : "");
}

problem_answer describe(bus::errc error, bus::outcome known) {
    // There is a route, so the service is one: the broker was restarted and its workers are not
    // back yet. That is no 404.
    if (error == bus::errc::unknown_service) error = bus::errc::no_worker;
    const auto status = static_cast<unsigned>(http_status(error));
    const bool says_outcome = (status >= 502 && status <= 504) || error == bus::errc::forbidden;
    if (known == bus::outcome::executed) known = bus::outcome::unknown;
    return write({status, names_of_errors[static_cast<std::size_t>(error)], message(error)},
                 says_outcome ? name(known) : "");
}

unsigned retry_after(unsigned status, std::chrono::milliseconds expected_wait) noexcept {
    if (status != 503) return 0;
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(expected_wait).count();
    return static_cast<unsigned>(std::clamp<std::int64_t>(seconds, 1, 30));
}

} // namespace postbus::gateway
