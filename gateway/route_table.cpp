#include "gateway/route_table.hpp"

#include <algorithm>

namespace postbus::gateway {

namespace {

constexpr std::string_view reserved[] = {"/livez",        "/readyz", "/metrics",
                                         "/openapi.json", "/docs",   "/events"};

/// Takes the first segment off a path that begins with '/'.
std::string_view take_segment(std::string_view& path) noexcept {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

bool is_parameter(std::string_view segment) noexcept {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

/// Empty, or what is wrong with a path template.
std::string fault(std::string_view path) {
    if (!path.starts_with('/')) return "does not begin with a slash";
    if (is_reserved(path)) return "is reserved for the gateway";
    std::size_t parameters = 0;
    while (!path.empty()) {
        const auto segment = take_segment(path);
        if (is_parameter(segment)) ++parameters;
        else if (segment.find_first_of("{}%?#") != segment.npos)
            return "has a segment that is neither text nor {name}";
    }
    return parameters > route_match::most_parameters ? "has too many parameters" : "";
}

} // namespace

bool is_reserved(std::string_view path) noexcept {
    return std::find(std::begin(reserved), std::end(reserved), path) != std::end(reserved);
}

route_table::route_table(std::span<const bus::service_description> services,
                         std::vector<std::string>& refused, route_numbers* numbers)
    : route_table{} {
    for (const auto& service : services)
        for (const auto& operation : service.operations) {
            if (operation.method.empty() && operation.path.empty()) continue; // not for HTTP
            if (auto why = add(service, operation, numbers); !why.empty())
                refused.push_back(operation.name + " of " + service.key() + " has no route: " +
                                  operation.method + ' ' + operation.path + ' ' + why);
        }
}

/// Empty, or why there is no route.
std::string route_table::add(const bus::service_description& service,
                             const bus::operation& operation, route_numbers* numbers) {
    const auto wanted = parse_method(operation.method);
    const auto index = static_cast<std::size_t>(wanted);
    if (index >= announced_methods) return "has a method that no service may announce";
    if (auto why = fault(operation.path); !why.empty()) return why;

    route made{service.key(),
               operation.name,
               !operation.safe,
               operation.slow,
               std::chrono::milliseconds{operation.time_limit_ms},
               {},
               operation.fields,
               operation.terminal_states,
               route_numbers::others};
    std::uint32_t at = 0;
    for (std::string_view path = operation.path; !path.empty();) {
        const auto segment = take_segment(path);
        if (is_parameter(segment)) {
            made.parameters.emplace_back(segment.substr(1, segment.size() - 2));
            at = parameter_child(at);
        } else {
            at = child(at, segment);
        }
    }

    auto& place = nodes_[at].routes[index];
    if (place != none) return "is already served by " + routes_[place].service;
    place = static_cast<std::uint32_t>(routes_.size());
    nodes_[at].methods.add(wanted);
    if (numbers != nullptr) made.number = numbers->of(operation.method, operation.path);
    routes_.push_back(std::move(made));
    return {};
}

std::uint32_t route_table::highest_number() const noexcept {
    std::uint32_t out = 0;
    for (const auto& one : routes_) out = std::max(out, one.number);
    return out;
}

std::uint32_t route_table::child(std::uint32_t parent, std::string_view literal) {
    const auto fresh = static_cast<std::uint32_t>(nodes_.size());
    auto& literals = nodes_[parent].literals;
    const auto at = std::lower_bound(literals.begin(), literals.end(), literal,
                                     [](const auto& a, auto b) { return a.first < b; });
    if (at != literals.end() && at->first == literal) return at->second;
    literals.emplace(at, literal, fresh);
    nodes_.emplace_back();
    return fresh;
}

std::uint32_t route_table::parameter_child(std::uint32_t parent) {
    if (nodes_[parent].parameter == none) {
        nodes_[parent].parameter = static_cast<std::uint32_t>(nodes_.size());
        nodes_.emplace_back();
    }
    return nodes_[parent].parameter;
}

/// One walk down the tree. It visits no node twice, so it ends however the path looks.
struct route_table::search {
    const route_table& table;
    std::size_t method_index;
    percent_decoder& decoder;
    route_match result = {};

    bool walk(std::uint32_t at, std::string_view path, std::size_t parameters) {
        const auto& here = table.nodes_[at];
        if (path.empty()) return arrive(here);
        std::string_view segment;
        if (!decoder.path_segment(take_segment(path), segment)) {
            result.malformed = true;
            return true;
        }
        const auto literal = std::lower_bound(here.literals.begin(), here.literals.end(), segment,
                                              [](const auto& a, auto b) { return a.first < b; });
        if (literal != here.literals.end() && literal->first == segment &&
            walk(literal->second, path, parameters))
            return true;
        if (here.parameter == none || segment.empty()) return false;
        result.values[parameters] = segment;
        return walk(here.parameter, path, parameters + 1);
    }

    bool arrive(const node& here) {
        result.allowed.add(here.methods);
        if (method_index >= announced_methods || here.routes[method_index] == none) return false;
        result.found = &table.routes_[here.routes[method_index]];
        return true;
    }
};

route_match route_table::match(method wanted, std::string_view path,
                               percent_decoder& decoder) const {
    if (wanted == method::head) wanted = method::get;
    search one{*this, static_cast<std::size_t>(wanted), decoder};
    one.walk(0, path, 0);
    return one.result;
}

} // namespace postbus::gateway
