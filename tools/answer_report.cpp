#include "tools/answer_report.hpp"

#include "schemas/json_write.hpp"
#include "schemas/problem.hpp"

#include <iostream>

namespace postbus::tools {
namespace {

/// The bus's own refusal, in the form in which services refuse.
std::string problem_of(const call_answer& answer) {
    schemas::problem problem;
    problem.status = http_status(answer.error);
    problem.title = message(answer.error);
    if (answer.outcome != bus::outcome::executed) problem.outcome = name(answer.outcome);
    return schemas::to_json(problem);
}

} // namespace

bool succeeded(const call_answer& answer) {
    return answer.error == bus::errc::ok && answer.meta.status < 400;
}

int report_failure(std::string_view program, const call_answer& answer,
                   std::chrono::milliseconds limit) {
    const bool nobody = answer.error == bus::errc::broker_unreachable;
    if (nobody || answer.error == bus::errc::expired) {
        std::cerr << program << ": "
                  << (nobody ? "no broker answers"
                             : "no answer within " + std::to_string(limit.count()) + " ms")
                  << "; outcome: " << name(answer.outcome) << '\n';
        return 3;
    }
    auto text = answer.error != bus::errc::ok ? problem_of(answer) : answer.body;
    if (!text.ends_with('\n')) text += '\n';
    std::cerr << text << std::flush;
    return 1;
}

int report_nobody(std::string_view program, const bus::client& client, const bus::endpoint& first) {
    const auto refused = client.refused();
    std::cerr << program << ": "
              << (refused.empty() ? "no broker answers at " + first.requests() : refused) << '\n';
    return refused.empty() ? 3 : 1;
}

} // namespace postbus::tools
