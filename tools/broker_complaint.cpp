#include "tools/broker_complaint.hpp"

#include <algorithm>
#include <iostream>

namespace postbus::tools {

namespace {

bool silent(const bus::broker_answer& answer) {
    return answer.refused.empty() &&
           (answer.error == bus::errc::expired || answer.error == bus::errc::broker_unreachable);
}

} // namespace

std::string complaint(const bus::broker_answer& answer) {
    if (!answer.refused.empty()) return answer.refused;
    const auto where = answer.where.requests();
    if (silent(answer)) return "no broker answers at " + where;
    if (answer.error != bus::errc::ok)
        return "refused by " + where + ": " + std::string{message(answer.error)};
    return "the broker at " + where + " is of another version";
}

int no_broker(std::string_view command, const std::vector<bus::broker_answer>& answers) {
    const bool all_silent = std::ranges::all_of(answers, silent);
    for (const auto& one : answers)
        std::cerr << command << ": " << complaint(one)
                  << (all_silent && &one == &answers.back()
                          ? "; is `postbus up` running, or is --bus another address?\n"
                          : "\n");
    return all_silent ? 3 : 1;
}

} // namespace postbus::tools
