#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace postbus::tools {

/// The lines of stdin, as they come, on the thread of an io_context. Reads ahead by one piece only:
/// the next is read once more() was called. (Not asynchronously: that would make stdin non-blocking
/// for whoever shares it.)
class input_lines {
public:
    static constexpr std::size_t longest_line = 16 * 1024 * 1024; ///< a longer one comes in parts

    using lines_handler = std::function<void(std::vector<std::string> lines, bool ended)>;

    input_lines(boost::asio::io_context&, lines_handler);
    void more() { wanted_.release(); }

private:
    void read(const std::stop_token&);

    boost::asio::io_context& io_;
    lines_handler on_lines_;
    std::counting_semaphore<> wanted_{0};
    std::jthread thread_; // last: ends first
};

} // namespace postbus::tools
