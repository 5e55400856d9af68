#pragma once

#include "bus/bus_security.hpp"
#include "bus/endpoint.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace postbus::tools {

struct stack_options {
    std::vector<bus::endpoint> brokers;
    std::string http = "127.0.0.1:3000";
    std::string data = "data";
    std::string log_format = "text";
    std::map<std::string, std::int64_t> workers; ///< by service: how many
    bus::bus_security security{};                ///< handed on as it was given
};

/// As many brokers as wanted: those given, or if that is one, it and others on this machine, each
/// two ports on. Nothing when that cannot be.
std::optional<std::vector<bus::endpoint>> side_by_side(std::vector<bus::endpoint> given,
                                                       std::size_t wanted);
/// Why that cannot be, and what could.
std::string why_not_side_by_side(const std::vector<bus::endpoint>& given, std::size_t wanted);

/// What a program is for, in the order in which a stack is stopped.
enum class role { gateway, worker, broker };

/// One process of the stack.
struct planned_program {
    std::string name;    ///< "orders.2": unique, for logs
    std::string program; ///< "postbus-orders"
    std::vector<std::string> arguments;
    tools::role role = role::worker;
    std::vector<std::string> first_time{}; ///< more arguments, for its next start only

    bool operator==(const planned_program&) const = default;
};

/// One worker; `number` makes its name.
planned_program plan_worker(const stack_options&, const std::string& service, std::int64_t number);

/// Every process of the stack, in the order in which they start: brokers, workers, gateway.
std::vector<planned_program> plan_stack(const stack_options&);

} // namespace postbus::tools
