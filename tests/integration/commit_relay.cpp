#include "tests/integration/commit_relay.hpp"

#include "tests/integration/loopback.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace postbus::tests {

namespace {

using namespace std::string_view_literals;

// A simple query: its kind, its length without the kind, its text.
constexpr auto commit = "Q\0\0\0\x0b"
                        "COMMIT\0"sv;
constexpr int look_ms = 50; // how often a quiet connection sees that the test is over

// Nothing: it is over.
std::string read_some(int fd) {
    std::array<char, 16384> buffer;
    const auto size = recv(fd, buffer.data(), buffer.size(), 0);
    return size <= 0 ? std::string{} : std::string{buffer.data(), static_cast<std::size_t>(size)};
}

} // namespace

commit_relay::commit_relay(std::uint16_t server_port, std::function<cut()> decide)
    : server_port_{server_port}, decide_{std::move(decide)}, listener_{tcp_socket()} {
    sockaddr_in at{};
    socklen_t size = sizeof at;
    if (!listen_at(listener_, 0) ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
        throw std::system_error{errno, std::generic_category(), "a relay"};
    port_ = ntohs(at.sin_port);
    accepting_ = std::thread{[this] { accept_all(); }};
}

commit_relay::~commit_relay() {
    stopping_ = true;
    accepting_.join();
    for (auto& one : threads_) one.join();
    close(listener_);
}

std::string commit_relay::url(const std::string& database) const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(port_) + '/' + database +
           "?sslmode=disable"; // else nobody could read along
}

void commit_relay::accept_all() {
    while (!stopping_) {
        pollfd ready{listener_, POLLIN, 0};
        if (poll(&ready, 1, look_ms) <= 0) continue;
        const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client >= 0) threads_.emplace_back([this, client] { relay(client); });
    }
}

void commit_relay::relay(int client) {
    const int server = tcp_socket();
    bool open = connect_to(server, server_port_);
    while (open && !stopping_) {
        std::array<pollfd, 2> ready{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
        if (poll(ready.data(), ready.size(), look_ms) <= 0) continue;
        if (ready[0].revents != 0) open = pass_on(client, server);
        else open = pass_back(server, client);
    }
    close(server);
    close(client);
}

bool commit_relay::pass_on(int client, int server) {
    const auto said = read_some(client);
    if (said.empty()) return false;
    const auto how = said.find(commit) == std::string::npos ? cut::no : decision();
    if (how == cut::before || !send_all(server, said)) return false;
    if (how == cut::after) read_some(server); // it is done then, and nobody hears of it
    return how == cut::no;
}

bool commit_relay::pass_back(int server, int client) {
    const auto said = read_some(server);
    return !said.empty() && send_all(client, said);
}

commit_relay::cut commit_relay::decision() {
    const std::lock_guard lock{deciding_};
    return decide_();
}

} // namespace postbus::tests
