#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace postbus::tools {

/// Hears what the programs of the stack say of themselves (bus/notify.hpp). Belongs to the thread
/// of its io_context.
class notify_socket {
public:
    /// The kernel vouches for the pid. `state`: "READY=1".
    using handler = std::function<void(pid_t from, std::string_view state)>;

    /// Throws std::system_error.
    notify_socket(boost::asio::io_context&, handler);

    /// What NOTIFY_SOCKET is to hold for those who are to be heard.
    const std::string& name() const noexcept { return name_; }

private:
    void wait();
    void read();

    std::string name_; // first: opening the socket fills it
    boost::asio::posix::stream_descriptor socket_;
    handler handle_;
};

} // namespace postbus::tools
