#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace postbus::gateway {

/// The Date field's value (RFC 9110, 5.6.7), made once a second.
class http_date {
public:
    using time_point = std::chrono::system_clock::time_point;

    /// The text lasts until the next call.
    std::string_view at(time_point now);

private:
    std::chrono::sys_seconds second_{std::chrono::seconds{-1}};
    std::string text_;
};

} // namespace postbus::gateway
