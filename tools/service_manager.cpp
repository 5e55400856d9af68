#include "tools/service_manager.hpp"

#include "bus/notify.hpp"

#include <charconv>
#include <cstdlib>

#include <unistd.h>

namespace postbus::tools {
namespace {

std::string take(const char* variable) {
    const char* const value = std::getenv(variable);
    std::string out = value ? value : "";
    unsetenv(variable);
    return out;
}

} // namespace

service_manager::service_manager() : socket_{take("NOTIFY_SOCKET")} {
    const auto pid = take("WATCHDOG_PID");
    const auto time = take("WATCHDOG_USEC");
    if (!pid.empty() && pid != std::to_string(getpid())) return; // it is meant for another
    std::int64_t microseconds = 0;
    std::from_chars(time.data(), time.data() + time.size(), microseconds);
    watchdog_ = std::chrono::microseconds{microseconds};
}

void service_manager::tell(std::string_view state) const {
    bus::notify(state, socket_);
}

void service_manager::feed_watchdog(boost::asio::steady_timer& timer) const {
    if (watchdog_.count() <= 0) return;
    tell("WATCHDOG=1");
    timer.expires_after(watchdog_ / 2);
    timer.async_wait([this, &timer](boost::system::error_code failed) {
        if (!failed) feed_watchdog(timer);
    });
}

} // namespace postbus::tools
