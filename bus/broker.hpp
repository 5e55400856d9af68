#pragma once

#include "bus/endpoint.hpp"
#include "bus/router.hpp"

#include <memory>

namespace postbus::bus {

struct broker_options {
    endpoint where;
    router_options router;
};

/// Carries out what the router decides: a ROUTER for requests, and an XPUB on the next port for
/// wake-ups and the registry. Belongs to one thread.
class broker {
public:
    /// Binds both ports. Throws std::runtime_error naming the address that cannot be bound.
    explicit broker(const broker_options&);
    ~broker();
    broker(const broker&) = delete;
    broker& operator=(const broker&) = delete;

    /// Works until `stop_fd` is readable.
    void run(int stop_fd);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace postbus::bus
