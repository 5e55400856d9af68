#pragma once

#include "bus/endpoint.hpp"
#include "bus/messages.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace postbus::bus {

/// Listens to the brokers' registry. Belongs to the one thread that runs its io_context.
class subscriber {
public:
    using registry_handler = std::function<void(const registry_snapshot&)>;

    /// `on_registry` is called with each snapshot: one soon after a connect, then one a change, and
    /// one every few seconds. With several brokers, each sends its own (see incarnation).
    subscriber(boost::asio::io_context&, const std::vector<endpoint>& brokers,
               registry_handler on_registry);
    ~subscriber();
    subscriber(const subscriber&) = delete;
    subscriber& operator=(const subscriber&) = delete;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace postbus::bus
