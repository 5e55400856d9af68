#pragma once

#include "tests/integration/process.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace postbus::tests {

struct seen_line {
    std::string text;
    clock::time_point at;
    std::chrono::system_clock::time_point unix;
};

/// Notes when each line appears in a process's stdout, from now on.
class line_watch {
public:
    explicit line_watch(const process&);
    ~line_watch();
    line_watch(const line_watch&) = delete;
    line_watch& operator=(const line_watch&) = delete;

    std::vector<seen_line> stop();

private:
    void run();
    void read();

    int file_ = -1;
    int changes_ = -1; // inotify
    int stop_ = -1;    // eventfd
    std::string rest_; // of a line
    std::vector<seen_line> seen_;
    std::thread thread_;
};

/// Of "2026-01-31T12:00:00.000Z".
std::chrono::system_clock::time_point unix_time(std::string_view rfc3339);

} // namespace postbus::tests
