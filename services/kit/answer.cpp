#include "services/kit/answer.hpp"

#include "schemas/json_write.hpp"
#include "schemas/problem.hpp"

namespace postbus::kit {

namespace {

std::string_view title(int status) { // RFC 9110's reason phrases
    switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return status < 500 ? "Refused" : "Failed";
    }
}

bool says_outcome(int status) {
    return status >= 502 && status <= 504;
}

} // namespace

refusal not_found(std::string detail) {
    return {404, std::move(detail), {}};
}

refusal conflict(std::string detail) {
    return {409, std::move(detail), {}};
}

refusal invalid(std::string field, std::string message) {
    auto detail = field + ' ' + message;
    return {422, std::move(detail), {{std::move(field), std::move(message)}}};
}

refusal unavailable(std::string detail) {
    return {503, std::move(detail), {}};
}

answer refused(bus::errc error, bus::outcome known) {
    answer out;
    out.error = error;
    out.outcome = known;
    return out;
}

answer problem(const refusal& why, bus::outcome known) {
    schemas::problem details;
    details.title = title(why.status);
    details.status = why.status;
    if (!why.detail.empty()) details.detail = why.detail;
    if (!why.errors.empty()) details.errors = why.errors;
    answer out;
    out.status = why.status;
    if (says_outcome(why.status)) {
        out.outcome = known;
        details.outcome = name(known);
    }
    schemas::write_json(details, out.body);
    return out;
}

answer storage_problem(std::string detail, bus::outcome known) {
    auto out = problem(unavailable(std::move(detail)), known);
    out.fields.push_back({"retry-after", "1"});
    return out;
}

void doubt(answer& reply) {
    if (reply.outcome != bus::outcome::not_executed) return;
    reply.outcome = bus::outcome::unknown;
    // The outcome is a problem's last member, written by problem() above.
    constexpr std::string_view certain = R"("not-executed"})";
    if (!reply.body.ends_with(certain)) return;
    reply.body.replace(reply.body.size() - certain.size(), certain.size(), R"("unknown"})");
}

answer failure() {
    return problem({500, "the service failed; its log says why", {}});
}

} // namespace postbus::kit
