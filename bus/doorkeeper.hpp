#pragma once

#include "bus/curve_key.hpp"
#include "bus/peers.hpp"
#include "bus/policy.hpp"
#include "bus/refusal_log.hpp"
#include "bus/source_socket.hpp"

#include <zmq.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace postbus::bus {

/// A broker's door: who may come in at all (ZAP, RFC 27/ZMQ, answered from the broker's own loop),
/// who holds which key, and what is said of those who were refused. Belongs to the broker's thread.
class doorkeeper {
public:
    /// Throws settings_error when the policy is not fit. To be made before guarded sockets bind.
    doorkeeper(std::shared_ptr<zmq::context_t>, std::string policy_file);
    ~doorkeeper();
    doorkeeper(const doorkeeper&) = delete;
    doorkeeper& operator=(const doorkeeper&) = delete;

    /// From now on the socket speaks CURVE only. It must outlive this, and not be bound yet.
    void guard(zmq::socket_t&, const curve_keys& own, const std::string& address);
    zmq::socket_t& handshakes() noexcept { return zap_; } ///< readable: answer_handshakes()
    void answer_handshakes(time_point now);

    /// What the policy says of a key now; null: nothing, it is to be shut out.
    const key_rights* rights_of(std::string_view key) const { return policy_->find(key); }
    /// Enters who a new peer is, from its first message.
    void welcome(peer&, const zmq::message_t& first) const;
    /// A subscriber spoke. One that is not known any more is shut out.
    void heard(const zmq::message_t& subscription);

    /// Reads the policy again. One that is not fit changes nothing: false. Else peers are to be
    /// looked at again: their rights point into the old policy, which stays until forget_old().
    bool reload();
    void forget_old() { old_.reset(); }

    /// Says that somebody was refused, though not too often.
    void refused(const std::string& line, time_point now);
    /// To be called every tick.
    void tick(time_point now);

private:
    struct guarded {
        zmq::socket_t* socket;
        zmq::socket_t monitor;
        std::string address;
    };

    std::string verdict(std::string_view public_key, const std::string& from, time_point now);
    void watch(guarded&, time_point now);

    std::shared_ptr<zmq::context_t> context_;
    std::string file_;
    std::unique_ptr<const policy> policy_;
    std::unique_ptr<const policy> old_;
    zmq::socket_t zap_;
    std::vector<std::unique_ptr<guarded>> guarded_;
    struct subscriber {
        source_socket socket;
        std::string key;
    };
    std::unordered_map<int, subscriber> subscribers_; // by descriptor: as many as there ever were
    refusal_log log_;
    time_point log_looked_at_;
};

} // namespace postbus::bus
