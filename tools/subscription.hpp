#pragma once

#include "bus/endpoint.hpp"
#include "schemas/events_v1.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace postbus::tools {

struct subscription_options {
    std::vector<bus::endpoint> brokers;
    bool from_start = false; ///< else from now
};

/// Follows the events logs of all services that the brokers know, each in its order: reads on when
/// a wake-up says that a log has grown, and every few seconds in case that one was lost. Belongs to
/// the thread of its io_context.
class subscription {
public:
    using events_handler =
        std::function<void(const std::string& service, const std::string& database,
                           std::span<const schemas::events_v1::event>)>;
    using warning_handler = std::function<void(const std::string&)>;

    subscription(boost::asio::io_context&, subscription_options, events_handler, warning_handler);
    ~subscription();
    subscription(const subscription&) = delete;
    subscription& operator=(const subscription&) = delete;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace postbus::tools
