#pragma once

#include "bus/call_id.hpp"
#include "bus/errc.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// A ZeroMQ frame carries a sequence of records, each `[head][meta][body]`. A body of
/// detached_body_size or more travels as a frame of its own behind the frame of records, and is
/// forwarded without a copy. Pure: bytes in, values out. The layout is in docs/protocol.md.

namespace postbus::bus {

inline constexpr std::uint8_t protocol_version = 1;
inline constexpr std::size_t head_size = 72;
inline constexpr std::size_t max_service_key = 32;
inline constexpr std::size_t detached_body_size = 32 * 1024;
/// A batch that has grown to this leaves at once.
inline constexpr std::size_t full_batch = 1024 * 1024;
inline constexpr std::size_t max_meta_size = 1024 * 1024;
inline constexpr std::size_t max_registry_size = 16 * 1024 * 1024; ///< meta of a REGISTRY
inline constexpr std::size_t max_body_size = 16 * 1024 * 1024;

/// Names and meaning follow Majordomo (RFC 18/MDP) where they overlap.
enum class kind : std::uint8_t {
    ready = 1,  ///< worker -> broker: here I am, this is what I serve
    request,    ///< caller -> broker -> worker
    reply,      ///< worker -> broker -> caller
    heartbeat,  ///< either way; a broker's ping is answered by one
    cancel,     ///< caller -> broker -> worker: drop it where it waits
    drain,      ///< worker -> broker: no more requests; the broker acknowledges with the same
    disconnect, ///< worker -> broker: gone. broker -> worker: not known (say READY again) or
                ///< refused
    wake,       ///< broker -> subscribers: a log has a new head
    registry,   ///< broker -> subscribers: who serves what
};

namespace flag {
inline constexpr std::uint8_t detached = 1; ///< the body is the next frame not yet taken
inline constexpr std::uint8_t write = 2;    ///< REQUEST: changes state
inline constexpr std::uint8_t slow = 4;     ///< REQUEST: for the worker's slow pool
inline constexpr std::uint8_t resent = 8;   ///< REQUEST: its caller sent it before
inline constexpr std::uint8_t alone =
    16; ///< REQUEST: its last worker died; share a batch with nobody
inline constexpr std::uint8_t elsewhere =
    32; ///< REQUEST: its caller can ask another broker: no waiting for a worker
inline constexpr std::uint8_t all = 63;
} // namespace flag

struct head {
    bus::kind kind = kind::heartbeat;
    std::uint8_t flags = 0;
    errc error = errc::ok; ///< REPLY: a refusal by the bus or the worker's kit
    bus::outcome outcome = outcome::executed;
    std::uint32_t time_left_ms = 0; ///< REQUEST: a duration, clocks differ. queue_full: the wait
    std::uint64_t slot = 0;         ///< the sender's own entry; an answer echoes it
    call_id id{};
    std::string_view service{}; ///< key such as "users/1", at most max_service_key bytes

    bool has(std::uint8_t bit) const noexcept { return (flags & bit) != 0; }
};

/// A large body in the frame that it came in, shared by whoever still needs it.
struct shared_body {
    std::shared_ptr<const void> owner;
    std::string_view bytes;
};

struct record {
    bus::head head{};
    std::string_view meta{};
    std::string_view body{};
    shared_body detached{}; ///< owner set when `body` is in a frame of its own
};

/// What a sender collects for one destination and flushes once a turn: messages of at most
/// full_batch, or of one record that is larger, so that what had to wait comes in no frame that the
/// other end refuses.
class outbox {
public:
    struct message {
        std::string records;
        std::vector<shared_body> bodies;
        std::size_t size = 0; ///< bytes, bodies included
    };

    /// `head.flags` decides nothing here: a body is detached when record.detached.owner is set, or
    /// when it is large (then it is copied once, into its own frame).
    void append(const record&);
    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; } ///< bytes, of all messages
    /// The next to be sent. Must not be empty.
    const message& front() const noexcept { return full_.empty() ? last_ : full_.front(); }
    void pop();
    void clear();

private:
    std::deque<message> full_;
    message last_; // is being filled
    std::size_t size_ = 0;
};

/// Walks the records of one message. The views it gives live as long as the frames.
class record_reader {
public:
    record_reader(std::string_view records, std::vector<shared_body> bodies = {});

    /// False at the end, and when the bytes are not a record: then malformed() is true and the rest
    /// of the message cannot be trusted.
    bool next(record& out);
    bool malformed() const noexcept { return malformed_; }

private:
    bool fail() noexcept;

    std::string_view left_;
    std::vector<shared_body> bodies_;
    std::size_t next_body_ = 0;
    bool malformed_ = false;
};

} // namespace postbus::bus
