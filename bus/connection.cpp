#include "bus/connection.hpp"

#include "bus/refusal_log.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>

namespace postbus::bus {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds first_pause{20};
constexpr milliseconds longest_pause{1000};
constexpr std::chrono::seconds remind_after{60};
// ZeroMQ does not tell whether it connects again.
constexpr std::chrono::seconds reconnects_within{2};
// A broker that dies breaks off a handshake too. One that goes on doing so has another key.
constexpr int broken_off_limit = 5;
constexpr milliseconds broken_off_time{500};
constexpr milliseconds broken_off_gap{2000};

constexpr int watched_events =
    ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
    ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;

void use_keys(zmq::socket_t& socket, const endpoint& where) {
    if (!where.keys) return;
    socket.set(zmq::sockopt::curve_serverkey, where.keys->broker_key);
    socket.set(zmq::sockopt::curve_publickey, where.keys->own.public_key);
    socket.set(zmq::sockopt::curve_secretkey, where.keys->own.secret_key);
}

} // namespace

connection::connection(zmq::socket_t& socket, const endpoint& where, std::string address)
    : socket_{socket}, where_{where}, address_{std::move(address)}, context_{shared_context()},
      monitor_{*context_, zmq::socket_type::pair}, pause_{first_pause} {
    reconnect_soon(socket_);
    use_keys(socket_, where_);
    static std::atomic<unsigned> next_monitor{0};
    const auto name = "inproc://postbus-monitor-" + std::to_string(next_monitor++);
    if (zmq_socket_monitor(socket_.handle(), name.c_str(), watched_events) != 0)
        throw zmq::error_t{};
    monitor_.set(zmq::sockopt::linger, 0);
    monitor_.connect(name);
    socket_.connect(address_);
}

connection::~connection() {
    zmq_socket_monitor(socket_.handle(), nullptr, 0);
}

connection::change connection::next_change() {
    zmq::message_t event;
    zmq::message_t address;
    while (monitor_.recv(event, zmq::recv_flags::dontwait)) {
        if (event.more()) (void)monitor_.recv(address, zmq::recv_flags::dontwait);
        std::uint16_t what = 0;
        std::uint32_t value = 0;
        if (event.size() < sizeof what + sizeof value) continue;
        std::memcpy(&what, event.data(), sizeof what);
        std::memcpy(&value, event.data<char>() + sizeof what, sizeof value);
        if (cut_) continue;
        if (what == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
            up_ = true;
            given_up_ = false;
            refused_.clear();
            broken_off_ = 0;
            pause_ = first_pause;
            return change::up;
        }
        if (what == ZMQ_EVENT_DISCONNECTED) {
            if (!up_) continue;
            up_ = false;
            given_up_ = true;
            retry_at_ = clock::now() + reconnects_within;
            return change::down;
        }
        if (const auto failed = take_failure(what, value); failed != change::none) return failed;
    }
    return change::none;
}

connection::change connection::take_failure(std::uint16_t event, std::uint32_t value) {
    const auto now = clock::now();
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL) {
        // ZeroMQ goes on by itself. That is what a wrong broker's key looks like from here.
        if (broken_off_ == 0 || now - last_broken_off_ > broken_off_gap) {
            broken_off_ = 0;
            first_broken_off_ = now;
        }
        last_broken_off_ = now;
        if (!where_.keys || ++broken_off_ < broken_off_limit ||
            now - first_broken_off_ < broken_off_time)
            return change::none;
        socket_.disconnect(address_);
        cut_ = true;
        return refuse("the broker at " + address_ + " does not have the key " +
                      where_.keys->broker_key +
                      ", or has no keys at all: give its own with --broker-key");
    }
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        return refuse("the broker at " + address_ + " does not know the key " +
                      where_.keys->own.public_key + " (" + where_.keys->file +
                      "): its policy (--bus-policy) must name it");
    const bool other_mechanism = value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH;
    if (!where_.keys)
        return refuse(other_mechanism
                          ? "the broker at " + address_ +
                                " wants keys: give this program's own with --bus-key, and the "
                                "broker's with --broker-key"
                          : std::string{});
    return refuse(other_mechanism
                      ? "the broker at " + address_ +
                            " has no keys: start it with --bus-key and --bus-policy, or this "
                            "program without --bus-key"
                      : "the broker at " + address_ +
                            " cannot be talked to with the key that --broker-key gives it, " +
                            where_.keys->broker_key);
}

// An empty `why`: not ours to judge, it is only tried again.
connection::change connection::refuse(std::string why) {
    given_up_ = true;
    broken_off_ = 0;
    retry_at_ = clock::now() + pause_;
    pause_ = std::min(pause_ * 2, longest_pause);
    if (why.empty() || (why == refused_ && clock::now() - said_ < remind_after))
        return change::none;
    refused_ = std::move(why);
    said_ = clock::now();
    return change::refused;
}

void connection::say_refused() const {
    static std::mutex guard;
    static refusal_log said;
    const std::lock_guard lock{guard};
    for (const auto& line : said.due(clock::now())) spdlog::warn("{}", line);
    if (said.count(refused_, clock::now())) spdlog::warn("{}", refused_);
}

void connection::retry(clock::time_point now) {
    if (!given_up_ || now < retry_at_) return;
    given_up_ = cut_ = false;
    try {
        socket_.disconnect(address_); // it may be forgotten already
    } catch (const zmq::error_t&) {
    }
    socket_.connect(address_);
}

} // namespace postbus::bus
