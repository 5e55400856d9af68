#pragma once

#include "bus/messages.hpp"
#include "gateway/method.hpp"
#include "gateway/percent.hpp"
#include "gateway/route_numbers.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postbus::gateway {

/// Where a method and path lead.
struct route {
    std::string service;   ///< key, "users/1"
    std::string operation; ///< "users.get"
    bool write = false;
    bool slow = false;
    std::chrono::milliseconds time_limit{5000};
    std::vector<std::string> parameters;      ///< in the order of the path
    std::vector<std::string> fields;          ///< request fields it wants to see, in lower case
    std::vector<std::string> terminal_states; ///< of what it makes; empty: nobody waits for them
    std::uint32_t number = route_numbers::others; ///< that its requests are counted by
};

/// Looked up with one method and path.
struct route_match {
    static constexpr std::size_t most_parameters = 16;

    const route* found = nullptr; ///< not changed, and alive, as long as its table
    std::array<std::string_view, most_parameters> values; ///< decoded, one for each parameter
    method_set allowed;     ///< when nothing was found: what the path has; empty: no such path
    bool malformed = false; ///< a percent-encoded part of the path is no text
};

/// The routes of all services, built whole from what they announce. Literal segments win over
/// {parameters}; of two services with the same method and path the one given first has it. Matching
/// allocates nothing unless the path is percent-encoded. Immutable, pure.
class route_table {
public:
    route_table() : nodes_(1) {}
    /// `refused` gets a sentence for each operation that has no route, and why. Without numbers
    /// all routes are counted together.
    route_table(std::span<const bus::service_description> services,
                std::vector<std::string>& refused, route_numbers* = nullptr);

    /// HEAD matches what GET does. The decoder keeps decoded values until it is cleared.
    route_match match(method wanted, std::string_view path, percent_decoder& decoder) const;
    std::size_t size() const noexcept { return routes_.size(); }
    /// The highest that a route has.
    std::uint32_t highest_number() const noexcept;

private:
    static constexpr std::uint32_t none = 0xFFFF'FFFF;

    struct node {
        std::vector<std::pair<std::string, std::uint32_t>> literals; // sorted
        std::uint32_t parameter = none;
        std::array<std::uint32_t, announced_methods> routes{none, none, none, none, none};
        method_set methods;
    };
    struct search;

    std::string add(const bus::service_description&, const bus::operation&, route_numbers*);
    std::uint32_t child(std::uint32_t parent, std::string_view literal);
    std::uint32_t parameter_child(std::uint32_t parent);

    std::vector<node> nodes_;
    std::vector<route> routes_;
};

/// Paths that the gateway answers itself.
bool is_reserved(std::string_view path) noexcept;

} // namespace postbus::gateway
