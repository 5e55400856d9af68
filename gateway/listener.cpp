#include "gateway/listener.hpp"

#include <boost/asio/detail/socket_option.hpp>

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <stdexcept>

namespace postbus::gateway {

namespace net = boost::asio;
using net::ip::tcp;

namespace {

using reuse_port = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

tcp_acceptor open(net::io_context& io, const tcp::endpoint& address, bool shared) {
    tcp_acceptor acceptor{io.get_executor(), address.protocol()};
    acceptor.set_option(tcp_acceptor::reuse_address{true});
    if (shared) acceptor.set_option(reuse_port{true});
    acceptor.set_option(tcp::no_delay{true}); // what it accepts inherits this
    acceptor.bind(address);
    acceptor.listen(4096);
    return acceptor;
}

void check_reach(const tcp::endpoint& address, const std::string& named, bool insecure_no_auth) {
    if (address.address().is_loopback() || insecure_no_auth) return;
    throw std::runtime_error{
        named + " can be reached from other machines, and the gateway asks nobody who they are: "
                "listen on 127.0.0.1, or add --insecure-no-auth if that is what you want"};
}

} // namespace

tcp::endpoint resolve(const http_address& wanted, bool insecure_no_auth) {
    net::io_context io;
    boost::system::error_code failed;
    const auto found = tcp::resolver{io}.resolve(wanted.host, std::to_string(wanted.port),
                                                 tcp::resolver::passive, failed);
    if (failed || found.empty())
        throw std::runtime_error{"--http " + wanted.host + ": no such address on this machine"};
    // Of "localhost" most clients try 127.0.0.1, whatever the resolver puts first.
    const auto best = std::find_if(found.begin(), found.end(), [](const auto& one) {
        return one.endpoint().address().is_v4();
    });
    auto address = (best == found.end() ? found.begin() : best)->endpoint();
    check_reach(address, "--http " + wanted.host, insecure_no_auth);
    return address;
}

tcp::endpoint address_of(int descriptor, bool insecure_no_auth) {
    const auto name = "--listen-fd " + std::to_string(descriptor);
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || !listening)
        throw std::runtime_error{name + " is no listening socket"};
    net::io_context io;
    boost::system::error_code failed;
    auto address = share(io, descriptor).local_endpoint(failed);
    if (failed) throw std::runtime_error{name + " does not listen at a TCP port"};
    check_reach(address, name, insecure_no_auth);
    return address;
}

tcp::endpoint probe(const tcp::endpoint& wanted) {
    net::io_context io;
    try {
        return open(io, wanted, false).local_endpoint();
    } catch (const boost::system::system_error& failed) {
        throw std::runtime_error{"cannot listen on " + url(wanted) + ": " +
                                 failed.code().message()};
    }
}

tcp_acceptor share(net::io_context& io, int descriptor) {
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &size);
    const int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (own < 0) throw std::runtime_error{"--listen-fd: " + std::string{std::strerror(errno)}};
    tcp_acceptor acceptor{io.get_executor(), name.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(),
                          own};
    acceptor.set_option(tcp::no_delay{true}); // what it accepts inherits this
    return acceptor;
}

tcp_acceptor listen(net::io_context& io, const tcp::endpoint& address) {
    return open(io, address, true);
}

std::string url(const tcp::endpoint& address) {
    std::ostringstream out;
    out << "http://" << address;
    return out.str();
}

} // namespace postbus::gateway
