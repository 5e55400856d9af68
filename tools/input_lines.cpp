#include "tools/input_lines.hpp"

#include "tools/line_splitter.hpp"

#include <boost/asio/post.hpp>

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace postbus::tools {

namespace {

using namespace std::chrono_literals;

constexpr auto look_at_stop = 50ms;

bool readable() {
    pollfd in{STDIN_FILENO, POLLIN, 0};
    return poll(&in, 1, static_cast<int>(look_at_stop.count())) == 1;
}

} // namespace

input_lines::input_lines(boost::asio::io_context& io, lines_handler on_lines)
    : io_{io}, on_lines_{std::move(on_lines)}, thread_{[this](const std::stop_token& stop) {
          read(stop);
      }} {}

void input_lines::read(const std::stop_token& stop) {
    line_splitter splitter{longest_line};
    std::string piece(64 * 1024, '\0');
    for (bool ended = false; !ended;) {
        while (!wanted_.try_acquire_for(look_at_stop))
            if (stop.stop_requested()) return;
        while (!readable())
            if (stop.stop_requested()) return;
        const auto size = ::read(STDIN_FILENO, piece.data(), piece.size());
        std::vector<std::string> lines;
        const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
        ended = size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN);
        if (size > 0) splitter.add({piece.data(), static_cast<std::size_t>(size)}, keep);
        if (ended) splitter.finish(keep);
        boost::asio::post(io_, [this, ended, lines = std::move(lines)]() mutable {
            on_lines_(std::move(lines), ended);
        });
    }
}

} // namespace postbus::tools
