#pragma once

#include "gateway/admission.hpp"
#include "gateway/http_date.hpp"
#include "gateway/limits.hpp"
#include "gateway/meta_views.hpp"
#include "gateway/percent.hpp"
#include "gateway/request_counts.hpp"
#include "gateway/request_parser.hpp"
#include "gateway/route_table.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace postbus::gateway {

class exchange;
class scraper;

/// What the connections of one thread share: what is known, and room to work in, so that an idle
/// connection owns next to nothing and a request in one piece allocates nothing.
struct shard_state {
    explicit shard_state(const limits& chosen) : limit{chosen} {}

    const limits limit;
    std::shared_ptr<const route_table> routes = std::make_shared<route_table>();
    bool settled = false;
    bool draining = false;
    /// Read once a tick, not once a request: time limits here are of seconds.
    std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
    std::string date; ///< the Date field's value
    request_counts counts;

    scraper* metrics = nullptr;     ///< set before the first connection
    std::vector<exchange*> waiting; ///< those that hold an answer back; limits::waits of them

    request_parser parser;
    percent_decoder decoder;
    call_meta_view call;
    reply_meta_view reply;
    std::string meta; ///< bytes of `call`
    std::string out;  ///< the response that is being written

    service_view services() const { return {*routes, settled, draining}; }
};

} // namespace postbus::gateway
