#include "tools/commands.hpp"

#include "bus/settings.hpp"
#include "schemas/cloud_event.hpp"
#include "tools/subscription.hpp"

#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>

namespace postbus::tools {
namespace {

using namespace std::chrono_literals;

/// Writes lines to stdout at once. When nobody reads them any more, stop() is called.
class line_output {
public:
    line_output(boost::asio::io_context& io, std::function<void(int code)> stop)
        : stop_{std::move(stop)}, timer_{io} {
        watch();
    }

    void write(std::string_view lines) {
        while (!lines.empty()) {
            const auto written = ::write(STDOUT_FILENO, lines.data(), lines.size());
            if (written > 0) {
                lines.remove_prefix(static_cast<std::size_t>(written));
                continue;
            }
            if (errno == EINTR) continue;
            if (errno == EPIPE) return stop_(0);
            std::cerr << "postbus subscribe: cannot write: " << std::strerror(errno) << '\n';
            return stop_(1);
        }
    }

private:
    // A reader that went away while nothing happens is noticed too.
    void watch() {
        timer_.expires_after(500ms);
        timer_.async_wait([this](boost::system::error_code failed) {
            if (failed) return;
            pollfd out{STDOUT_FILENO, 0, 0};
            if (poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0) stop_(0);
            else watch();
        });
    }

    std::function<void(int)> stop_;
    boost::asio::steady_timer timer_;
};

} // namespace

int subscribe(int argc, const char* const* argv) {
    subscription_options options;
    std::string prefix;
    bus::settings settings{
        "postbus subscribe",
        "Prints each event whose topic begins with PREFIX, as it happens: one line of CloudEvents "
        "1.0 JSON an event, those of one service in their order. Ctrl-C ends it.\n\n"
        "Examples:\n"
        "  postbus subscribe orders.\n"
        "  postbus subscribe '' --from-start | head -20"};
    settings.brokers(options.brokers);
    settings.toggle("from-start", "Begin with the oldest events that are kept, not with new ones",
                    options.from_start);
    settings.argument("PREFIX", "What topics begin with, such as orders. or orders.placed", prefix,
                      true);
    if (const auto code = settings.parse(argc, argv)) return *code;
    spdlog::set_level(spdlog::level::warn);
    std::signal(SIGPIPE, SIG_IGN);
    // Every line is out as soon as it is written, so there is nothing to finish; and this works
    // while a reader that does not read holds up a write.
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { _exit(0); });

    boost::asio::io_context io{1};
    int code = 0;
    bool stopped = false;
    line_output output{io, [&](int why) {
                           code = why;
                           stopped = true;
                           io.stop();
                       }};
    std::string lines;
    const subscription follow{
        io, options,
        [&](const std::string& service, const std::string& database, const auto& events) {
            lines.clear();
            for (const auto& one : events) {
                if (!one.topic.starts_with(prefix)) continue;
                schemas::write_cloud_event(service, database, one, lines);
                lines += '\n';
            }
            if (!stopped) output.write(lines);
        },
        [](const std::string& what) { std::cerr << "postbus subscribe: " << what << std::endl; }};
    io.run();
    return code;
}

} // namespace postbus::tools
