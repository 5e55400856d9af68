#include "tests/integration/open_load.hpp"

#include "tests/integration/loopback.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace postbus::tests {

namespace {

constexpr std::size_t most_lines = 4000;

} // namespace

std::size_t open_figures::with(int status) const {
    const auto found = statuses.find(status);
    return found == statuses.end() ? 0 : found->second;
}

std::size_t open_figures::answered() const {
    std::size_t all = 0;
    for (const auto& one : statuses) all += one.second;
    return all;
}

double open_figures::p99_ms() const {
    return quantile(accepted_ms, 0.99);
}

std::string open_figures::text() const {
    std::string out;
    for (const auto& [status, count] : statuses)
        out += std::to_string(status) + ": " + std::to_string(count) + ", ";
    return out + std::to_string(unsent) + " unsent, slowest " +
           std::to_string(static_cast<int>(slowest_ms)) + " ms";
}

double quantile(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    const auto at = values.begin() +
                    static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::ranges::nth_element(values, at);
    return *at;
}

struct open_load::line {
    ~line() {
        if (fd >= 0) close(fd);
    }
    int fd = -1;
    bool busy = false;
    clock::time_point due;
    std::string in;
};

open_load::open_load(std::uint16_t port, std::string path, double per_second)
    : port_{port}, request_{"GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"},
      per_second_{per_second}, epoll_{epoll_create1(EPOLL_CLOEXEC)}, thread_{[this] { run(); }} {}

open_load::~open_load() {
    stopping_ = true;
    thread_.join();
    close(epoll_);
}

open_figures open_load::take() {
    const std::lock_guard lock{guard_};
    return std::exchange(figures_, {});
}

void open_load::run() {
    const auto begun = clock::now();
    const std::chrono::duration<double> gap{1 / per_second_};
    std::array<epoll_event, 256> events{};
    for (std::uint64_t sent = 0; !stopping_;) {
        const auto now = clock::now();
        for (;; ++sent) {
            const auto due = begun + std::chrono::duration_cast<clock::duration>(
                                         gap * static_cast<double>(sent));
            if (due > now) break;
            if (auto* one = free_line()) {
                send(*one, due);
                continue;
            }
            const std::lock_guard lock{guard_};
            ++figures_.unsent;
        }
        const int count = epoll_wait(epoll_, events.data(), events.size(), 1);
        for (int i = 0; i < count; ++i)
            read(*static_cast<line*>(events[static_cast<std::size_t>(i)].data.ptr));
    }
}

open_load::line* open_load::free_line() {
    if (free_.empty()) {
        if (lines_.size() >= most_lines) return nullptr;
        free_.push_back(lines_.emplace_back(std::make_unique<line>()).get());
    }
    auto* one = free_.back();
    if (one->fd < 0) {
        if ((one->fd = connected_to(port_)) < 0) return nullptr;
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = one;
        epoll_ctl(epoll_, EPOLL_CTL_ADD, one->fd, &event);
    }
    free_.pop_back();
    return one;
}

void open_load::send(line& to, clock::time_point due) {
    to.due = due;
    to.busy = true;
    if (::send(to.fd, request_.data(), request_.size(), MSG_NOSIGNAL | MSG_DONTWAIT) !=
        static_cast<ssize_t>(request_.size()))
        end(to, 0, false);
}

void open_load::read(line& from) {
    if (from.fd < 0) return;
    std::array<char, 16384> room;
    const auto got = recv(from.fd, room.data(), room.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return end(from, 0, false);
    from.in.append(room.data(), static_cast<std::size_t>(got));
    const auto head = from.in.find("\r\n\r\n");
    if (head == std::string::npos) return;
    const auto length = from.in.find("Content-Length: ");
    const auto size = length < head ? std::strtoull(from.in.c_str() + length + 16, nullptr, 10) : 0;
    if (from.in.size() < head + 4 + size) return;
    const int status = std::atoi(from.in.c_str() + 9);
    end(from, status, from.in.find(R"("outcome":"not-executed")") != std::string::npos);
}

void open_load::end(line& one, int status, bool says_outcome) {
    const bool counts = std::exchange(one.busy, false);
    one.in.clear();
    if (status == 0) close(std::exchange(one.fd, -1));
    if (!counts) return; // closed while idle: it stays in the list, and connects again
    free_.push_back(&one);
    const std::chrono::duration<double, std::milli> took = clock::now() - one.due;
    const std::lock_guard lock{guard_};
    ++figures_.statuses[status];
    figures_.slowest_ms = std::max(figures_.slowest_ms, took.count());
    if (status == 200) figures_.accepted_ms.push_back(took.count());
    else if (!says_outcome) ++figures_.without_outcome;
}

} // namespace postbus::tests
