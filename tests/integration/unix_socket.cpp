#include "tests/integration/unix_socket.hpp"

#include <array>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace postbus::tests {

namespace {

sockaddr_un address_of(const std::string& path) {
    sockaddr_un out{};
    out.sun_family = AF_UNIX;
    std::strncpy(out.sun_path, path.c_str(), sizeof out.sun_path - 1);
    return out;
}

bool readable(int fd, milliseconds limit) {
    pollfd item{fd, POLLIN, 0};
    return poll(&item, 1, static_cast<int>(scaled(limit).count())) > 0;
}

} // namespace

unix_stream::unix_stream(const std::string& path)
    : fd_{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    const auto address = address_of(path);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
    close(fd_);
    fd_ = -1;
}

unix_stream::~unix_stream() {
    if (fd_ >= 0) close(fd_);
}

void unix_stream::send(std::string_view bytes) {
    ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::string unix_stream::receive_all() {
    std::string out;
    std::array<char, 4096> buffer;
    while (readable(fd_, 10'000ms)) {
        const auto size = recv(fd_, buffer.data(), buffer.size(), 0);
        if (size <= 0) break;
        out.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return out;
}

unix_mailbox::unix_mailbox(const std::string& path)
    : fd_{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
    const auto address = address_of(path);
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
    close(fd_);
    fd_ = -1;
}

unix_mailbox::~unix_mailbox() {
    if (fd_ >= 0) close(fd_);
}

std::string unix_mailbox::receive(milliseconds limit) {
    if (!readable(fd_, limit)) return {};
    std::array<char, 4096> buffer;
    const auto size = recv(fd_, buffer.data(), buffer.size(), 0);
    return size <= 0 ? std::string{} : std::string{buffer.data(), static_cast<std::size_t>(size)};
}

} // namespace postbus::tests
