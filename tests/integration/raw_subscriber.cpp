#include "tests/integration/raw_subscriber.hpp"

#include "tests/integration/loopback.hpp"
#include "tests/integration/timing.hpp"
#include "tests/integration/zmtp.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace postbus::tests {

namespace {

bool send_in_time(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        pollfd ready{fd, POLLOUT, 0};
        const auto limit = scaled(10'000ms).count();
        if (poll(&ready, 1, static_cast<int>(limit)) != 1) return false;
        const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool read_exactly(int fd, std::size_t count) {
    std::array<char, 256> room{};
    while (count != 0) {
        pollfd ready{fd, POLLIN, 0};
        if (poll(&ready, 1, static_cast<int>(scaled(10'000ms).count())) != 1) return false;
        const auto got = recv(fd, room.data(), std::min(count, room.size()), 0);
        if (got <= 0) return false;
        count -= static_cast<std::size_t>(got);
    }
    return true;
}

} // namespace

raw_subscriber::raw_subscriber(std::uint16_t port) {
    fd_ = tcp_socket();
    constexpr int small = 4096;
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    std::array<char, 2> frame{};
    const bool good = connect_to(fd_, port) && send_in_time(fd_, zmtp_greeting("NULL")) &&
                      read_exactly(fd_, 64) && send_in_time(fd_, zmtp_ready("SUB")) &&
                      recv(fd_, frame.data(), frame.size(), MSG_WAITALL) == 2 &&
                      read_exactly(fd_, static_cast<unsigned char>(frame[1]));
    if (good) return;
    close(fd_);
    fd_ = -1;
}

raw_subscriber::~raw_subscriber() {
    if (fd_ >= 0) close(fd_);
}

std::size_t raw_subscriber::say(const std::vector<std::string>& messages) {
    std::size_t taken = 0;
    for (const auto& one : messages) {
        if (!send_in_time(fd_, std::string{'\0', static_cast<char>(one.size())} + one)) break;
        ++taken;
    }
    return taken;
}

std::size_t raw_subscriber::subscribe(const std::vector<std::string>& topics) {
    std::vector<std::string> messages;
    for (const auto& topic : topics) messages.push_back('\1' + topic);
    return say(messages);
}

bool raw_subscriber::cut_off() {
    std::array<char, 4096> room{};
    const auto deadline = clock::now() + scaled(10'000ms);
    while (clock::now() < deadline) {
        pollfd ready{fd_, POLLIN, 0};
        if (poll(&ready, 1, 100) != 1) continue;
        if (recv(fd_, room.data(), room.size(), 0) <= 0) return true;
    }
    return false;
}

} // namespace postbus::tests
