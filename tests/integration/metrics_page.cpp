#include "tests/integration/metrics_page.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <thread>

namespace postbus::tests {

namespace {

bool matches(const metrics_page::labels& has, const metrics_page::labels& wanted) {
    return std::ranges::all_of(wanted, [&](const auto& one) {
        const auto found = has.find(one.first);
        return found != has.end() && found->second == one.second;
    });
}

} // namespace

// `NAME{LABEL="TEXT",...} VALUE`: no label of these tests holds a quote.
metrics_page::metrics_page(const std::string& text) {
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) continue;
        const auto space = line.rfind(' ');
        const auto brace = std::min(line.find('{'), space);
        sample one{line.substr(0, brace), {}, std::stod(line.substr(space + 1))};
        for (auto at = brace + 1; at < space && line[at] != '}';) {
            const auto equals = line.find("=\"", at);
            const auto end = line.find('"', equals + 2);
            one.has[line.substr(at, equals - at)] = line.substr(equals + 2, end - equals - 2);
            at = end + (line[end + 1] == ',' ? 2 : 1);
        }
        samples_.push_back(std::move(one));
    }
}

metrics_page metrics_page::of(shop& s) {
    const auto page = s.get("/metrics");
    REQUIRE_EQ(page.status, 200);
    return metrics_page{page.body};
}

metrics_page metrics_page::fresh(shop& s) {
    std::this_thread::sleep_for(1100ms); // so long one page is shown
    return of(s);
}

double metrics_page::sum(std::string_view name, const labels& wanted) const {
    double out = 0;
    for (const auto& one : samples_)
        if (one.name == name && matches(one.has, wanted)) out += one.value;
    return out;
}

std::size_t metrics_page::count(const labels& wanted) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        samples_, [&](const sample& one) { return matches(one.has, wanted); }));
}

std::size_t metrics_page::count(std::string_view name, const labels& wanted) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        samples_, [&](const sample& one) { return one.name == name && matches(one.has, wanted); }));
}

} // namespace postbus::tests
