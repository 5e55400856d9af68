#pragma once

#include "gateway/options.hpp"
#include "gateway/tcp.hpp"

namespace postbus::gateway {

/// Where the gateway will listen. Throws std::runtime_error with a line for the operator: the name
/// is unknown, or other machines reach the address and nobody said that they may.
boost::asio::ip::tcp::endpoint resolve(const http_address&, bool insecure_no_auth);

/// Takes the address, so that it fails when anybody has it. Throws std::runtime_error with a line
/// for the operator. Returns the address with its real port.
boost::asio::ip::tcp::endpoint probe(const boost::asio::ip::tcp::endpoint&);

/// Listens beside the other shards of this process: the kernel spreads connections over them. A
/// second gateway could join in unnoticed, hence probe() first.
tcp_acceptor listen(boost::asio::io_context&, const boost::asio::ip::tcp::endpoint&);

/// The address of a listening socket that was opened for this process. Throws std::runtime_error
/// with a line for the operator when it is none, or when other machines reach it and nobody said
/// that they may.
boost::asio::ip::tcp::endpoint address_of(int descriptor, bool insecure_no_auth);

/// Takes connections from that socket, beside whoever else does: what waits in its queue outlives
/// each of them.
tcp_acceptor share(boost::asio::io_context&, int descriptor);

/// "http://127.0.0.1:3000"
std::string url(const boost::asio::ip::tcp::endpoint&);

} // namespace postbus::gateway
