#pragma once

#include "gateway/head_check.hpp"
#include "gateway/meta_views.hpp"
#include "gateway/percent.hpp"
#include "gateway/problem.hpp"
#include "gateway/request_parser.hpp"
#include "gateway/route_numbers.hpp"
#include "gateway/route_table.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace postbus::gateway {

/// What is known of the services, for one request.
struct service_view {
    const route_table& routes;
    bool settled = false; ///< a path without a route is nowhere, not just not heard of yet
    bool draining = false;
};

/// What the gateway says without asking a service.
struct direct_answer {
    unsigned status = 200;
    std::string body;
    std::string allow;
    bool metrics = false; ///< the page of metrics is wanted, which takes a while to make
    std::uint32_t route = route_numbers::none; ///< that it is counted by
    std::optional<refusal> why{};              ///< nothing: it is none
};

/// A request that goes to a service.
struct admitted {
    const route* to = nullptr;
    bool expects_continue = false; ///< the client waits for 100 before it sends the body
    std::chrono::seconds wait{0};  ///< that it prefers, where the route has terminal states
};

using admission = std::variant<admitted, direct_answer>;

/// Decides by its head what becomes of a request, and when it is admitted binds `meta`, whose views
/// last as long as the head's bytes and until the decoder is cleared. Pure.
admission admit(const request_head&, const framing&, const service_view&, percent_decoder&,
                call_meta_view& meta);

/// The answer with a problem as its body.
direct_answer refuse(refusal);

/// 200 once routes are known, 503 before that and while draining.
direct_answer readiness(const service_view&);

} // namespace postbus::gateway
