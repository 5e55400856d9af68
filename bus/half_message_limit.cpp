#include "bus/half_message_limit.hpp"

#include "bus/context.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <cstring>
#include <optional>
#include <string>

namespace postbus::bus {

namespace {

/// Of a connection so far (RFC 4898, tcpEStatsAppHCThruOctetsReceived). Nothing: it is gone.
std::optional<std::uint64_t> bytes_received(int fd) {
    tcp_info facts{};
    socklen_t size = sizeof facts;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &facts, &size) != 0) return std::nullopt;
    return facts.tcpi_bytes_received;
}

} // namespace

half_message_limit::half_message_limit(zmq::socket_t& socket)
    : socket_{socket}, context_{shared_context()}, monitor_{*context_, zmq::socket_type::pair} {
    static std::atomic<unsigned> next{0};
    const auto name = "inproc://postbus-accepted-" + std::to_string(next++);
    if (zmq_socket_monitor(socket_.handle(), name.c_str(), ZMQ_EVENT_ACCEPTED) != 0)
        throw zmq::error_t{};
    monitor_.set(zmq::sockopt::linger, 0);
    monitor_.set(zmq::sockopt::rcvhwm, 0); // none may be missed; each is a connection
    monitor_.connect(name);
}

half_message_limit::~half_message_limit() {
    zmq_socket_monitor(socket_.handle(), nullptr, 0);
}

void half_message_limit::look_for_new() {
    zmq::message_t event;
    zmq::message_t address;
    while (monitor_.recv(event, zmq::recv_flags::dontwait)) {
        if (event.more()) (void)monitor_.recv(address, zmq::recv_flags::dontwait);
        std::uint32_t value = 0;
        if (event.size() < sizeof(std::uint16_t) + sizeof value) continue;
        std::memcpy(&value, event.data<char>() + sizeof(std::uint16_t), sizeof value);
        const auto socket = source_socket::at(static_cast<int>(value));
        if (socket.known()) connections_[socket.fd] = {socket};
    }
}

bool half_message_limit::heard(const source_socket& from) {
    const auto known = connections_.find(from.fd);
    if (known == connections_.end() || known->second.socket != from) return false;
    return known->second.heard = true;
}

std::vector<std::string> half_message_limit::sweep() {
    look_for_new();
    suspects_ = false;
    std::vector<std::string> cut;
    boost::unordered::erase_if(connections_, [&](auto& entry) {
        auto& one = entry.second;
        const auto sent = bytes_received(one.socket.fd);
        if (!sent) return true;
        if (one.heard) one.read_up_to = *sent;
        const bool too_much = *sent > one.read_up_to && *sent - one.read_up_to > max_bytes;
        const bool again = one.suspect && !one.heard;
        one.suspect = too_much;
        one.heard = false;
        if (!too_much || !again) {
            suspects_ |= too_much;
            return false;
        }
        cut.push_back(one.socket.peer_address());
        shut(one.socket);
        return true;
    });
    return cut;
}

} // namespace postbus::bus
