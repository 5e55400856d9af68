#include "tools/load_table.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

namespace postbus::tools {

namespace {

using row = std::array<std::string, 10>;

const row heading{"SERVICE", "CALLS/s", "REFUSED/s", "P50",     "P99",
                  "QUEUED",  "WAIT",    "IN FLIGHT", "WORKERS", "EVENT LAG"};

std::string rate(double value) {
    return value != 0 && value < 100 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

std::string time_text(double ms) {
    if (ms < 1) return fmt::format("{:.0f}us", ms * 1000);
    if (ms < 100) return fmt::format("{:.1f}ms", ms);
    return ms < 10'000 ? fmt::format("{:.0f}ms", ms) : fmt::format("{:.0f}s", ms / 1000);
}

std::string workers(const service_load& one) {
    if (one.draining == 0) return std::to_string(one.workers);
    return fmt::format("{} ({} leave)", one.workers, one.draining);
}

std::string lag(const service_load& one) {
    std::string out;
    for (const auto& [source, events] : one.lag)
        out += fmt::format("{}{}:{}", out.empty() ? "" : " ", source, events);
    return out;
}

row row_of(const service_load& one) {
    return {one.service,
            rate(one.calls_per_second),
            rate(one.refused_per_second),
            one.p50_ms ? time_text(*one.p50_ms) : "-",
            one.p99_ms ? time_text(*one.p99_ms) : "-",
            std::to_string(one.queued),
            one.wait_ms == 0 ? "-" : time_text(one.wait_ms),
            std::to_string(one.in_flight),
            workers(one),
            lag(one)};
}

/// The busiest, in the order they had.
std::vector<service_load> busiest(std::vector<service_load> all, std::size_t most) {
    if (all.size() <= most) return all;
    std::vector<double> rates;
    for (const auto& one : all) rates.push_back(one.calls_per_second);
    std::ranges::sort(rates, std::greater{});
    const auto least = rates[most];
    auto at_least = most - static_cast<std::size_t>(std::ranges::count_if(
                               rates, [&](double rate) { return rate > least; }));
    std::erase_if(all, [&](const service_load& one) {
        if (one.calls_per_second > least) return false;
        if (one.calls_per_second < least || at_least == 0) return true;
        --at_least;
        return false;
    });
    return all;
}

std::vector<std::string> header(const bus_load& now, const std::string& time) {
    const auto answered = std::ranges::count_if(now.brokers, &broker_seen::answered);
    std::vector<std::string> out;
    out.push_back(fmt::format(
        "postbus top  {}  brokers {} of {}  workers {}  calls/s {}  refused/s {}  queued {}  in "
        "flight {}",
        time, answered, now.brokers.size(), now.total.workers, rate(now.total.calls_per_second),
        rate(now.total.refused_per_second), now.total.queued, now.total.in_flight));
    for (const auto& one : now.brokers)
        if (!one.answered) out.push_back(one.problem);
    const auto& all = now.total;
    if (all.redeliveries + all.workers_lost + all.heartbeats_missed != 0)
        out.push_back(fmt::format("calls delivered again {}  workers lost {}  heartbeats missed {}",
                                  all.redeliveries, all.workers_lost, all.heartbeats_missed));
    return out;
}

std::string line_of(const row& one, const std::array<std::size_t, std::tuple_size_v<row>>& widths) {
    std::string out;
    for (std::size_t i = 0; i < one.size(); ++i) {
        const bool text = i == 0 || i + 1 == one.size(); // numbers stand at the right
        const auto fill = widths[i] - one[i].size();
        if (!text) out.append(fill, ' ');
        out += one[i];
        if (text) out.append(fill, ' ');
        out += "  ";
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
}

} // namespace

std::string load_table(const bus_load& now, const std::string& time, const table_room& room) {
    auto lines = header(now, time);
    const auto used = lines.size() + 1;
    auto most = room.lines > used ? room.lines - used : 0;
    if (now.services.size() > most && most > 0) --most; // for the line that says so
    const auto shown = busiest(now.services, most);
    std::vector<row> rows{heading};
    for (const auto& one : shown) rows.push_back(row_of(one));
    std::array<std::size_t, std::tuple_size_v<row>> widths{};
    for (const auto& one : rows)
        for (std::size_t i = 0; i < one.size(); ++i) widths[i] = std::max(widths[i], one[i].size());
    for (const auto& one : rows) lines.push_back(line_of(one, widths));
    if (const auto left_out = now.services.size() - shown.size(); left_out != 0)
        lines.push_back(fmt::format("and {} more", left_out));
    if (lines.size() > room.lines) lines.resize(room.lines);
    std::string out;
    for (auto& one : lines) {
        if (one.size() > room.columns) one.resize(room.columns);
        out += one + '\n';
    }
    return out;
}

} // namespace postbus::tools
