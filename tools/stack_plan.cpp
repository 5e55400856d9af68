#include "tools/stack_plan.hpp"

namespace postbus::tools {
namespace {

using arguments = std::vector<std::string>;

arguments with_brokers(const stack_options& options) {
    arguments out;
    for (const auto& broker : options.brokers) out.insert(out.end(), {"--bus", broker.requests()});
    const auto& given = options.security;
    if (!given.key.empty()) out.insert(out.end(), {"--bus-key", given.key});
    for (const auto& key : given.broker_keys) out.insert(out.end(), {"--broker-key", key});
    if (given.insecure) out.emplace_back("--insecure-bus");
    return out;
}

arguments of_broker(const stack_options& options, const bus::endpoint& where) {
    arguments out{"--bus", where.requests()};
    const auto& given = options.security;
    if (!given.key.empty()) out.insert(out.end(), {"--bus-key", given.key});
    if (!given.policy.empty()) out.insert(out.end(), {"--bus-policy", given.policy});
    if (given.insecure) out.emplace_back("--insecure-bus");
    return out;
}

std::string numbered(const std::string& name, std::int64_t number) {
    return name + '.' + std::to_string(number);
}

planned_program plan_of(const stack_options& options, std::string name, std::string program,
                        arguments given, role what) {
    given.insert(given.end(), {"--log-format", options.log_format});
    return {std::move(name), std::move(program), std::move(given), what};
}

/// Of so many brokers, so that the last one's port for events is one.
std::size_t highest_first_port(std::size_t brokers) {
    return 65534 - 2 * (brokers - 1);
}

} // namespace

planned_program plan_worker(const stack_options& options, const std::string& service,
                            std::int64_t number) {
    auto given = with_brokers(options);
    given.insert(given.end(), {"--data", options.data});
    return plan_of(options, numbered(service, number), "postbus-" + service, std::move(given),
                   role::worker);
}

std::optional<std::vector<bus::endpoint>> side_by_side(std::vector<bus::endpoint> given,
                                                       std::size_t wanted) {
    if (given.size() == wanted) return given;
    if (given.size() != 1 || given[0].port > highest_first_port(wanted)) return std::nullopt;
    while (given.size() < wanted) {
        auto next = given.back();
        next.port = static_cast<std::uint16_t>(next.port + 2);
        given.push_back(std::move(next));
    }
    return given;
}

std::string why_not_side_by_side(const std::vector<bus::endpoint>& given, std::size_t wanted) {
    if (given.size() != 1) return "give one --bus, or as many, not " + std::to_string(given.size());
    return "each takes two ports, from " + std::to_string(given[0].port) +
           " on, and there is none above 65535: give a --bus with a port of at most " +
           std::to_string(highest_first_port(wanted));
}

std::vector<planned_program> plan_stack(const stack_options& options) {
    std::vector<planned_program> plan;
    std::int64_t number = 0;
    for (const auto& broker : options.brokers) {
        ++number;
        auto name = options.brokers.size() == 1 ? "broker" : numbered("broker", number);
        plan.push_back(plan_of(options, std::move(name), "postbus-broker",
                               of_broker(options, broker), role::broker));
        // Nobody can know a broker of a stack that has never run: it need not wait long for them
        // before it refuses what it does not know. Restarted, it must.
        plan.back().first_time = {"--settle-ms", "300"};
    }
    for (const auto& [service, count] : options.workers)
        for (std::int64_t i = 1; i <= count; ++i) plan.push_back(plan_worker(options, service, i));
    auto given = with_brokers(options);
    given.insert(given.end(), {"--http", options.http, "--listen-fd", "3"});
    plan.push_back(plan_of(options, "gateway", "postbus-gateway", std::move(given), role::gateway));
    return plan;
}

} // namespace postbus::tools
