#include "tools/status_table.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace postbus::tools {
namespace {

using row = std::array<std::string, 7>;

std::vector<row> rows_of(const bus_status& status) {
    std::vector<row> rows{{"SERVICE", "QUEUED", "WORKER", "PID", "CREDITS", "IN FLIGHT", "STATE"}};
    for (const auto& service : status.services) {
        const auto name = service.name + '/' + std::to_string(service.version);
        const auto queued = std::to_string(service.queued);
        if (service.workers.empty()) rows.push_back({name, queued, "(none)", "", "", "", ""});
        for (const auto& worker : service.workers)
            rows.push_back({name, queued, worker.id, std::to_string(worker.pid),
                            std::to_string(worker.credits), std::to_string(worker.in_flight),
                            worker.state});
    }
    return rows;
}

} // namespace

std::string status_table(const bus_status& status) {
    const auto rows = rows_of(status);
    std::array<std::size_t, std::tuple_size_v<row>> widths{};
    for (const auto& one : rows)
        for (std::size_t i = 0; i < one.size(); ++i) widths[i] = std::max(widths[i], one[i].size());
    std::string out;
    for (const auto& one : rows) {
        for (std::size_t i = 0; i < one.size(); ++i) {
            out += one[i];
            out.append(widths[i] - one[i].size() + 2, ' ');
        }
        out.erase(out.find_last_not_of(' ') + 1);
        out += '\n';
    }
    return out;
}

} // namespace postbus::tools
