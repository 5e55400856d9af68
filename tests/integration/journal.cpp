#include "tests/integration/journal.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace postbus::tests {

void start_journal(shop& s) {
    s.start_broker();
    s.start_worker("journal");
    s.start_gateway();
    REQUIRE(eventually(10'000ms, [&] {
        const auto answer = http_call(s.http_port(), "GET", "/events/door.opened");
        return answer && answer->status == 405;
    }));
}

std::string id_of(const http_response& answer) {
    REQUIRE_EQ(answer.status, 201);
    return std::string{parse_json(answer.body).at("id").as_string()};
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> out;
    std::istringstream in{text.substr(0, text.rfind('\n') + 1)};
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
}

std::vector<std::string> ids_of(const std::string& events) {
    std::vector<std::string> out;
    for (const auto& line : lines_of(events))
        out.emplace_back(parse_json(line).at("id").as_string());
    return out;
}

std::int64_t number_of(const std::string& id) {
    return std::stoll(id.substr(id.rfind('-') + 1));
}

process& subscribe(shop& s, std::vector<std::string> words) {
    words.insert(words.begin(), "subscribe");
    words.insert(words.end(), {"--bus", s.bus()});
    return s.start_program("postbus", words);
}

void await_listening(shop& s, process& subscriber, const std::string& topic) {
    REQUIRE(eventually(10'000ms, [&] {
        s.post("/events/" + topic, "0");
        return !subscriber.out().empty();
    }));
}

} // namespace postbus::tests
