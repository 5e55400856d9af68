#pragma once

#include <array>
#include <string_view>

namespace postbus::bus {

/// Every key that postbus.toml may hold. All programs read the one file, so each must know the keys
/// of the others; a setting whose key is not here comes from flags and variables only. `*` stands
/// for a service's name.
inline constexpr auto known_keys = std::to_array<std::string_view>({
    "bus",          // broker addresses: one text, or an array of them
    "bus-key",      // this program's own key, or a folder of keys
    "broker-key",   // the brokers' public keys: one text, or an array of them
    "bus-policy",   // which keys may do what at a broker
    "insecure-bus", // addresses beyond loopback without keys
    "http",         // where the gateway listens
    "data",         // the folder of the databases
    "log-format",   // text or json
    "services.*.db",
    "services.*.slow-threads",
    "services.*.workers",
    "services.*.wal-limit-mib",
    "broker.queue-calls",
    "broker.queue-wait-ms",
    "broker.pending-calls",
    "broker.pending-bytes",
    "broker.settle-ms",
    "broker.queue-bytes",
    "gateway.threads",
    "gateway.insecure-no-auth",
    "gateway.max-connections",
    "gateway.max-head-bytes",
    "gateway.max-head-fields",
    "gateway.max-target-bytes",
    "gateway.max-body-bytes",
    "gateway.max-pipelined-bytes",
    "gateway.max-waits",
    "gateway.head-time-ms",
    "gateway.body-time-ms",
    "gateway.idle-time-ms",
    "gateway.write-time-ms",
    "gateway.linger-time-ms",
    "gateway.half-closed-time-ms",
    "gateway.drain-time-ms",
});

} // namespace postbus::bus
