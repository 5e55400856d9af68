#include "gateway/listener.hpp"

#include <boost/asio/detail/socket_option.hpp>

#include <algorithm>
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
    if (!address.address().is_loopback() && !insecure_no_auth)
        throw std::runtime_error{
            "--http " + wanted.host +
            " can be reached from other machines, and the gateway asks nobody who they are: "
            "listen on 127.0.0.1, or add --insecure-no-auth if that is what you want"};
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

tcp_acceptor listen(net::io_context& io, const tcp::endpoint& address) {
    return open(io, address, true);
}

std::string url(const tcp::endpoint& address) {
    std::ostringstream out;
    out << "http://" << address;
    return out.str();
}

} // namespace postbus::gateway
