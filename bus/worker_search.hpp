#pragma once

#include <cstddef>

namespace postbus::bus {

/// A call's way from broker to broker when some have no worker of its service: each is asked once
/// and refuses at once, but for the last, where the call waits for a worker as it would with a
/// single broker. Has none come by then, the others are asked once more. Pure.
class worker_search {
public:
    /// The call is about to be sent to one of `usable` brokers. True: that one is not to wait for a
    /// worker (flag::elsewhere).
    bool hurries(std::size_t usable) noexcept {
        const bool hurry = usable > 1 && (waited_ || refusals_ + 1 < usable);
        waited_ |= !hurry;
        return hurry;
    }
    /// A broker had no worker for it. False: the search is over.
    bool refused(std::size_t usable) noexcept {
        ++refusals_;
        return !waited_ || refusals_ + 1 < 2 * usable;
    }

private:
    std::size_t refusals_ = 0;
    bool waited_ = false;
};

} // namespace postbus::bus
