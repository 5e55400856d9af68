#include "gateway/exposition.hpp"

#include "schemas/codec.hpp"
#include "tests/source_dir.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace postbus::gateway {

namespace {

using namespace std::chrono_literals;

bus::broker_answer answer(std::uint16_t port, const bus::broker_metrics& told) {
    return {.where = {.host = "127.0.0.1", .port = port},
            .answered = true,
            .error = bus::errc::ok,
            .body = schemas::encode(told)};
}

bus::kept_metrics worker(const std::string& instance, std::uint64_t number, std::uint64_t turns) {
    bus::worker_metrics told{.number = number, .report = {}};
    told.report.add("postbus_worker_turns_total", {}, turns);
    bus::log_histogram times;
    times.count(100);
    times.count(5'000'000);
    told.report.add("postbus_worker_handler_seconds", {"a \"quoted\\\n name"}, times);
    return {"users/1", instance, schemas::encode(told)};
}

std::size_t count(const std::string& text, std::string_view part) {
    std::size_t out = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++out;
    return out;
}

// As the text format wants it, line by line; fails the test where it is not.
void check_text(const std::string& text) {
    static const std::regex sample{
        R"re(([a-z_]+)(\{([a-z]+="([^"\\\n]|\\["\\n])*",?)*\})? [-+0-9.eInfNa]+)re"};
    std::set<std::string> typed;
    std::string family;
    double last = 0;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        if (line.starts_with("# HELP ")) continue;
        if (line.starts_with("# TYPE ")) {
            family = line.substr(7, line.find(' ', 7) - 7);
            CHECK(typed.insert(family).second);
            continue;
        }
        std::smatch parts;
        REQUIRE(std::regex_match(line, parts, sample));
        REQUIRE(parts[1].str().starts_with(family));
        const auto value = std::stod(line.substr(line.rfind(' ') + 1));
        const auto suffix = parts[1].str().substr(family.size());
        if (suffix == "_count" || suffix == "_sum") last = 0;
        if (suffix != "_bucket") continue;
        CHECK_GE(value, last); // cumulative; the serialiser writes count and sum first
        last = value;
    }
    CHECK_EQ(text.back(), '\n');
}

} // namespace

TEST_CASE("the page is what Prometheus reads") {
    bus::broker_metrics told;
    told.report.add("postbus_broker_peers", {}, 7);
    told.workers = {worker("w1", 1, 10)};
    const auto text = exposition({}, std::vector{answer(5550, told)}, 2ms);
    check_text(text);
    CHECK_EQ(count(text, "postbus_broker_peers{program=\"broker\",instance="
                         "\"tcp://127.0.0.1:5550\"} 7\n"),
             1);
    CHECK_EQ(count(text, "le=\"+Inf\"} 2\n"), 1);
    CHECK_EQ(count(text, R"(operation="a \"quoted\\\n name")"), count(text, "operation="));
}

TEST_CASE("a worker of two brokers is shown once, as it was last heard") {
    bus::broker_metrics first;
    first.workers = {worker("w1", 4, 40), worker("w2", 1, 1)};
    bus::broker_metrics second;
    second.workers = {worker("w1", 5, 50)};
    const auto text = exposition({}, std::vector{answer(5550, first), answer(5552, second)}, 2ms);
    check_text(text);
    CHECK_EQ(count(text, "postbus_worker_turns_total{"), 2);
    CHECK_EQ(count(text, "instance=\"w1\",service=\"users/1\"} 50\n"), 1);
    CHECK_EQ(count(text, "postbus_up{"), 2);
}

TEST_CASE("a broker that does not answer is down, and the page is there all the same") {
    const std::vector<bus::broker_answer> brokers{{.where = {.host = "127.0.0.1", .port = 5550},
                                                   .answered = false,
                                                   .error = bus::errc::expired,
                                                   .body = {}}};
    const auto text = exposition({}, brokers, 1s);
    CHECK_EQ(count(text, "postbus_up{instance=\"tcp://127.0.0.1:5550\"} 0\n"), 1);
}

TEST_CASE("a worker can say nothing of others, nothing unknown and nothing without end") {
    bus::worker_metrics lie{.number = 1, .report = {}};
    lie.report.add("postbus_broker_peers", {}, 1);
    lie.report.add("postbus_worker_turns_total", {"a label too many"}, 1);
    lie.report.families.push_back({.name = "up", .series = {{}}});
    bus::worker_metrics endless{.number = 1, .report = {}};
    for (std::size_t i = 0; i <= max_worker_series; ++i)
        endless.report.add("postbus_worker_turns_total", {}, i);
    bus::broker_metrics told;
    told.workers = {{"users/1", "liar", schemas::encode(lie)},
                    {"users/1", "noise", "not metrics"},
                    {"users/1", "talker", schemas::encode(endless)}};
    const auto text = exposition({}, std::vector{answer(5550, told)}, 2ms);
    CHECK_EQ(text.find("liar"), text.npos);
    CHECK_EQ(text.find("talker"), text.npos);
    CHECK_EQ(count(text, "postbus_scrape_workers_left_out 2\n"), 1);
}

TEST_CASE("docs/metrics.md names every series, and no other") {
    std::ifstream file{POSTBUS_SOURCE_DIR "/docs/metrics.md"};
    std::set<std::string> documented;
    static const std::regex row{R"(\| `(postbus_[a-z_]+)`.*)"};
    for (std::string line; std::getline(file, line);)
        if (std::smatch found; std::regex_match(line, found, row)) documented.insert(found[1]);
    std::set<std::string> known;
    for (const auto& one : bus::metric_catalog) known.insert(std::string{one.name});
    CHECK(documented == known);
}

} // namespace postbus::gateway
