#pragma once

#include "bus/messages.hpp"
#include "bus/subscriber.hpp"
#include "tools/listen_check.hpp"
#include "tools/stack_plan.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postbus::tools {

/// The paths to ask at the gateway to see that it routes to each service: one safe operation
/// without parameters of each. Nothing while a service has fewer workers than planned; once
/// `patience_over`, one worker a service is enough.
std::optional<std::vector<std::string>> paths_to_probe(const bus::registry_snapshot&,
                                                       const stack_options&, bool patience_over);

/// Watches a starting stack until every service answers through the gateway.
class readiness {
public:
    /// `on_ready` is called once, on the thread of the io_context.
    readiness(boost::asio::io_context&, const stack_options&, const host_and_port& gateway,
              std::function<void()> on_ready);
    ~readiness(); ///< stops watching
    readiness(const readiness&) = delete;
    readiness& operator=(const readiness&) = delete;

private:
    class watch;
    std::shared_ptr<watch> watch_; ///< what the requests under way hold on to
    std::unique_ptr<bus::subscriber> subscriber_;
};

} // namespace postbus::tools
