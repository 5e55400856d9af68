#include "bus/doorkeeper.hpp"

#include "bus/settings_file.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <utility>

namespace postbus::bus {

namespace {

constexpr auto zap_address = "inproc://zeromq.zap.01"; // RFC 27 names it
constexpr auto zap_domain = "postbus";
constexpr std::string_view zap_version = "1.0";
constexpr std::size_t raw_key_size = 32;
constexpr int handshakes_a_turn = 64;
constexpr std::chrono::seconds log_pause{1};
constexpr int watched_events =
    ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;

std::string text_of(const zmq::message_t& raw) {
    std::array<char, 41> text; // Z85 of 32 bytes, and the end
    if (raw.size() != raw_key_size ||
        zmq_z85_encode(text.data(), raw.data<std::uint8_t>(), raw.size()) == nullptr)
        return {};
    return text.data();
}

// Request: version, id, domain, address, routing id, mechanism, and for CURVE the public key.
std::vector<zmq::message_t> take(zmq::socket_t& zap) {
    std::vector<zmq::message_t> out;
    do {
        zmq::message_t part;
        if (!zap.recv(part, zmq::recv_flags::dontwait)) break;
        out.push_back(std::move(part));
    } while (out.back().more());
    return out;
}

// Version, id, status, text, user id, metadata. The user id is what sender_key() tells.
void answer(zmq::socket_t& zap, std::string_view id, std::string_view status, std::string_view text,
            std::string_view user) {
    const auto say = [&](std::string_view part, zmq::send_flags flags) {
        (void)zap.send(zmq::buffer(part), flags | zmq::send_flags::dontwait);
    };
    say(zap_version, zmq::send_flags::sndmore);
    say(id, zmq::send_flags::sndmore);
    say(status, zmq::send_flags::sndmore);
    say(text, zmq::send_flags::sndmore);
    say(user, zmq::send_flags::sndmore);
    say({}, zmq::send_flags::none);
}

} // namespace

doorkeeper::doorkeeper(std::shared_ptr<zmq::context_t> context, std::string policy_file)
    : context_{std::move(context)}, file_{std::move(policy_file)},
      policy_{std::make_unique<const policy>(policy::read(file_))}, zap_{*context_,
                                                                         zmq::socket_type::rep} {
    zap_.set(zmq::sockopt::linger, 0);
    zap_.bind(zap_address);
}

doorkeeper::~doorkeeper() {
    for (const auto& one : guarded_) zmq_socket_monitor(one->socket->handle(), nullptr, 0);
}

void doorkeeper::guard(zmq::socket_t& socket, const curve_keys& own, const std::string& address) {
    socket.set(zmq::sockopt::curve_server, true);
    socket.set(zmq::sockopt::curve_publickey, own.own.public_key);
    socket.set(zmq::sockopt::curve_secretkey, own.own.secret_key);
    socket.set(zmq::sockopt::zap_domain, zap_domain);
    static std::atomic<unsigned> next{0};
    const auto name = "inproc://postbus-door-" + std::to_string(next++);
    if (zmq_socket_monitor(socket.handle(), name.c_str(), watched_events) != 0)
        throw zmq::error_t{};
    guarded_.push_back(
        std::make_unique<guarded>(guarded{&socket, {*context_, zmq::socket_type::pair}, address}));
    guarded_.back()->monitor.set(zmq::sockopt::linger, 0);
    guarded_.back()->monitor.connect(name);
}

void doorkeeper::answer_handshakes(time_point now) {
    for (int i = 0; i < handshakes_a_turn; ++i) {
        const auto asked = take(zap_);
        if (asked.empty()) return;
        constexpr std::size_t address = 3;
        constexpr std::size_t mechanism = 5;
        constexpr std::size_t credentials = 6;
        std::string user;
        if (asked.size() > credentials && asked[0].to_string_view() == zap_version &&
            asked[mechanism].to_string_view() == "CURVE")
            user = verdict(text_of(asked[credentials]), asked[address].to_string(), now);
        // Each question is answered: else the socket would take no other.
        const auto id = asked.size() > 1 ? asked[1].to_string_view() : std::string_view{};
        if (user.empty()) answer(zap_, id, "400", "the policy does not name this key", {});
        else answer(zap_, id, "200", "OK", user);
    }
}

// The key itself when its holder may come in.
std::string doorkeeper::verdict(std::string_view public_key, const std::string& from,
                                time_point now) {
    if (!public_key.empty() && policy_->find(public_key) != nullptr) return std::string{public_key};
    refused("refused " + from + ": the policy does not name its key " + std::string{public_key},
            now);
    return {};
}

void doorkeeper::welcome(peer& one, const zmq::message_t& first) const {
    one.key = sender_key(first);
    one.rights = rights_of(one.key);
    one.socket = source_of(first);
}

void doorkeeper::heard(const zmq::message_t& subscription) {
    const auto from = source_of(subscription);
    if (!from.known()) return;
    auto& one = subscribers_[from.fd];
    if (one.socket != from) one = {from, sender_key(subscription)};
    if (rights_of(one.key) == nullptr) shut(from);
}

bool doorkeeper::reload() {
    try {
        auto fresh = std::make_unique<const policy>(policy::read(file_));
        old_ = std::exchange(policy_, std::move(fresh));
    } catch (const settings_error& unfit) {
        spdlog::error("the policy stays as it was: {}", unfit.what());
        return false;
    }
    spdlog::info("the policy was read again from {}: {} keys", file_, policy_->keys());
    for (const auto& [fd, one] : subscribers_)
        if (rights_of(one.key) == nullptr) shut(one.socket);
    return true;
}

void doorkeeper::refused(const std::string& line, time_point now) {
    if (log_.count(line, now)) spdlog::warn("{}", line);
}

void doorkeeper::tick(time_point now) {
    for (auto& one : guarded_) watch(*one, now);
    if (now - log_looked_at_ < log_pause) return;
    log_looked_at_ = now;
    for (const auto& line : log_.due(now)) spdlog::warn("{}", line);
}

// Those who did not come so far that ZAP was asked. ZeroMQ does not tell their address.
void doorkeeper::watch(guarded& door, time_point now) {
    zmq::message_t event;
    zmq::message_t address;
    while (door.monitor.recv(event, zmq::recv_flags::dontwait)) {
        if (event.more()) (void)door.monitor.recv(address, zmq::recv_flags::dontwait);
        std::uint16_t what = 0;
        std::uint32_t value = 0;
        if (event.size() < sizeof what + sizeof value) continue;
        std::memcpy(&what, event.data(), sizeof what);
        std::memcpy(&value, event.data<char>() + sizeof what, sizeof value);
        if (what != ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) continue;
        if (value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
            refused("refused somebody without keys at " + door.address, now);
        else if (value == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC)
            refused("refused somebody at " + door.address +
                        " who takes another key for this broker's",
                    now);
        else refused("refused somebody at " + door.address + " who breaks the protocol", now);
    }
}

} // namespace postbus::bus
