#pragma once

#include "tools/control_messages.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace postbus::tools {

/// Where commands reach the supervisor of a data folder: DIR/postbus.sock.
std::string control_path(const std::string& data_folder);

/// A command's connection, for as long as somebody answers it.
class control_session {
public:
    virtual ~control_session() = default;
    virtual void say(const control_line&) = 0;
    /// Says the last line, and closes once it has left.
    virtual void finish(const control_line&) = 0;
    /// The command has gone before the last line. Called at most once.
    std::function<void()> on_hang_up;
};

/// The supervisor's end. One request a connection; whoever is neither the same user nor root, says
/// too much, too slowly or no JSON gets one line that says so. Belongs to the thread of its
/// io_context.
class control_socket {
public:
    using handler =
        std::function<void(const control_request&, const std::shared_ptr<control_session>&)>;

    static constexpr std::size_t longest_request = 16 * 1024;
    static constexpr std::size_t most_sessions = 16;

    /// The caller holds the data folder: a socket that lies there has lost its supervisor, and is
    /// replaced. Throws start_error.
    control_socket(boost::asio::io_context&, const std::string& data_folder, handler);
    ~control_socket(); ///< removes the socket
    control_socket(const control_socket&) = delete;
    control_socket& operator=(const control_socket&) = delete;

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

} // namespace postbus::tools
