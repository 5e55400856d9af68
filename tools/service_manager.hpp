#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace postbus::tools {

/// Who started this program and wants to hear how it is: systemd, when the unit has Type=notify.
class service_manager {
public:
    /// Takes NOTIFY_SOCKET and the watchdog's variables out of the environment: this program's
    /// children are not to speak for it.
    service_manager();

    void tell(std::string_view state) const; ///< "READY=1"
    /// With WatchdogSec=: says every half of that time that this thread still works.
    void feed_watchdog(boost::asio::steady_timer&) const;

private:
    std::string socket_; ///< empty: nobody
    std::chrono::microseconds watchdog_{0};
};

} // namespace postbus::tools
