#pragma once

#include "bus/endpoint.hpp"
#include "bus/messages.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace postbus::bus {

/// Listens to the brokers: their registry, and the wake-ups of event logs. Belongs to the one
/// thread that runs its io_context.
class subscriber {
public:
    using registry_handler = std::function<void(const registry_snapshot&)>;
    using wake_handler = std::function<void(const log_head&)>;

    /// `on_registry` is called with each snapshot: one soon after a connect, then one a change, and
    /// one every few seconds. With several brokers, each sends its own (see incarnation).
    subscriber(boost::asio::io_context&, const std::vector<endpoint>& brokers,
               registry_handler on_registry);
    /// The wake-ups of these services ("orders"), and no registry. They may be lost or come twice.
    subscriber(boost::asio::io_context&, const std::vector<endpoint>& brokers,
               const std::vector<std::string>& services, wake_handler on_wake);
    ~subscriber();
    subscriber(const subscriber&) = delete;
    subscriber& operator=(const subscriber&) = delete;

    /// Why every broker wants nothing to do with this process, and what to do about it; empty: one
    /// of them does, or may. It goes on trying.
    std::string refused() const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace postbus::bus
