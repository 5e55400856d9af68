#include "tests/integration/line_watch.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <stdexcept>
#include <system_error>

namespace postbus::tests {

namespace {

int checked(int fd, const char* what) {
    if (fd < 0) throw std::system_error{errno, std::generic_category(), what};
    return fd;
}

} // namespace

line_watch::line_watch(const process& what)
    : file_{checked(open(what.out_file().c_str(), O_RDONLY | O_CLOEXEC), "open")},
      changes_{checked(inotify_init1(IN_NONBLOCK | IN_CLOEXEC), "inotify")},
      stop_{checked(eventfd(0, EFD_CLOEXEC), "eventfd")} {
    lseek(file_, 0, SEEK_END);
    checked(inotify_add_watch(changes_, what.out_file().c_str(), IN_MODIFY), "inotify");
    thread_ = std::thread{[this] { run(); }};
}

line_watch::~line_watch() {
    stop();
    for (const int fd : {file_, changes_, stop_}) close(fd);
}

std::vector<seen_line> line_watch::stop() {
    eventfd_write(stop_, 1);
    if (thread_.joinable()) thread_.join();
    return seen_;
}

void line_watch::run() {
    pollfd ready[] = {{changes_, POLLIN, 0}, {stop_, POLLIN, 0}};
    while (ready[1].revents == 0) {
        if (poll(ready, 2, -1) < 0) continue;
        char told[4096];
        while (::read(changes_, told, sizeof told) > 0) {
        }
        read();
    }
}

void line_watch::read() {
    char text[65536];
    const auto count = ::read(file_, text, sizeof text);
    if (count <= 0) return;
    const auto at = clock::now();
    const auto unix = std::chrono::system_clock::now();
    rest_.append(text, static_cast<std::size_t>(count));
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
        seen_.push_back({rest_.substr(0, end), at, unix});
        rest_.erase(0, end + 1);
    }
}

std::chrono::system_clock::time_point unix_time(std::string_view rfc3339) {
    tm date{};
    const std::string text{rfc3339};
    const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S.", &date);
    if (!rest) throw std::invalid_argument{"no time: " + text};
    return std::chrono::system_clock::from_time_t(timegm(&date)) +
           std::chrono::milliseconds{std::stoi(rest)};
}

} // namespace postbus::tests
