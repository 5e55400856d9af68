#pragma once

#include "bus/endpoint.hpp"
#include "bus/router.hpp"

#include <memory>

namespace postbus::bus {

struct broker_options {
    endpoint where;
    std::string policy{}; ///< the file that says what keys may do; needed when `where` has keys
    router_options router;
};

/// Carries out what the router decides: a ROUTER for requests, and an XPUB on the next port for
/// wake-ups and the registry. Belongs to one thread.
class broker {
public:
    /// Binds both ports. Throws std::runtime_error naming the address that cannot be bound, or what
    /// is wrong with the policy.
    explicit broker(const broker_options&);
    ~broker();
    broker(const broker&) = delete;
    broker& operator=(const broker&) = delete;

    /// Works until `stop_fd` is readable. When `hangup_fd` is (bus/hangup_signal.hpp; -1: none),
    /// the policy is read again.
    void run(int stop_fd, int hangup_fd = -1);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace postbus::bus
