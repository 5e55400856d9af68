#include "tools/status_merge.hpp"

#include "schemas/json_read.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace postbus::tools {

namespace {

std::optional<bus::broker_status> read(const bus::broker_answer& answer) {
    schemas::json_document document;
    schemas::field_errors errors;
    bus::broker_status out;
    if (!answer.answered || !document.parse(answer.body) ||
        !schemas::read_json(document.root(), out, errors))
        return std::nullopt;
    return out;
}

void merge(std::vector<bus::worker_status>& all, bus::worker_status one) {
    const auto known = std::ranges::find(all, one.id, &bus::worker_status::id);
    if (known == all.end()) return all.push_back(std::move(one));
    known->credits += one.credits;
    known->in_flight += one.in_flight;
    if (one.state == "draining") known->state = std::move(one.state);
}

void merge(std::vector<bus::service_status>& all, bus::service_status one) {
    const auto known = std::ranges::find_if(all, [&](const auto& other) {
        return other.name == one.name && other.version == one.version;
    });
    if (known == all.end()) return all.push_back(std::move(one));
    known->queued += one.queued;
    for (auto& worker : one.workers) merge(known->workers, std::move(worker));
}

} // namespace

bus_status merge_status(std::span<const bus::broker_answer> answers) {
    bus_status out;
    for (const auto& one : answers) {
        auto& shown = out.brokers.emplace_back();
        shown.address = one.where.requests();
        auto told = read(one);
        if (!told) continue;
        shown.answered = true;
        shown.incarnation = std::move(told->incarnation);
        shown.pid = told->pid;
        shown.uptime_ms = told->uptime_ms;
        for (auto& service : told->services) merge(out.services, std::move(service));
    }
    std::ranges::sort(out.services, {}, [](const auto& one) {
        return std::pair{one.name, one.version};
    });
    return out;
}

} // namespace postbus::tools
