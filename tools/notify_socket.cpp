#include "tools/notify_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace postbus::tools {
namespace {

constexpr std::size_t longest_message = 1024;

[[noreturn]] void fail(int descriptor) {
    const int why = errno;
    close(descriptor);
    throw std::system_error{why, std::generic_category(), "the socket for READY"};
}

/// A socket with a name that the kernel chose: in no folder, and gone with this process.
int open_socket(std::string& name) {
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) fail(fd);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
        bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address.sun_family) != 0)
        fail(fd);
    socklen_t size = sizeof address;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail(fd);
    name.assign(address.sun_path, size - offsetof(sockaddr_un, sun_path));
    name[0] = '@';
    return fd;
}

} // namespace

notify_socket::notify_socket(boost::asio::io_context& io, handler handle)
    : socket_{io, open_socket(name_)}, handle_{std::move(handle)} {
    wait();
}

void notify_socket::wait() {
    socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this](boost::system::error_code failed) {
                           if (failed) return;
                           read();
                           wait();
                       });
}

void notify_socket::read() {
    for (int turn = 0; turn < 64; ++turn) {
        std::array<char, longest_message> text;
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control;
        iovec part{text.data(), text.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const auto size = recvmsg(socket_.native_handle(), &message, MSG_CMSG_CLOEXEC);
        if (size < 0) return;
        const auto* const sender = CMSG_FIRSTHDR(&message);
        if (!sender || sender->cmsg_level != SOL_SOCKET || sender->cmsg_type != SCM_CREDENTIALS)
            continue;
        ucred who{};
        std::memcpy(&who, CMSG_DATA(sender), sizeof who);
        handle_(who.pid, {text.data(), static_cast<std::size_t>(size)});
    }
}

} // namespace postbus::tools
