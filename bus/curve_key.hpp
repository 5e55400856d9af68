#pragma once

#include <string>
#include <string_view>

namespace postbus::bus {

/// A CURVE key pair. Keys are texts of 40 characters (Z85, RFC 32/ZMQ).
struct key_pair {
    std::string public_key;
    std::string secret_key; ///< in no log, message, argument or exception
};

/// What protects the connection to one broker.
struct curve_keys {
    key_pair own;           ///< this process's
    std::string file;       ///< where `own` came from, for messages
    std::string broker_key; ///< the broker's public key; for the broker itself, its own
};

/// 40 characters of Z85 that stand for 32 bytes.
bool is_key(std::string_view text);

/// From the system's randomness. Its public key does not end like the name of a key file (".pub"),
/// so that where either may stand nobody takes it for one.
key_pair make_key_pair();

/// The pair of a secret key, which must be one.
key_pair key_pair_of(const std::string& secret_key);

} // namespace postbus::bus
