#pragma once

#include "bus/envelope.hpp"
#include "bus/pending.hpp"
#include "bus/policy.hpp"
#include "bus/source_socket.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::bus {

/// One connection to the broker, and what waits to be sent to it.
struct peer {
    std::string routing_id;
    std::uint32_t generation = 0;
    bool known = false;
    bool dirty = false;
    outbox box;
    time_point last_heard;
    source_socket socket;
    // Where there is a policy:
    std::string key; ///< its public key
    const key_rights* rights = nullptr;
};

/// Routing ids to small numbers, so that nothing outside the broker's loop sees a routing id.
class peer_table {
public:
    peer_id find_or_add(std::string_view routing_id, time_point now);
    /// Null for one that was forgotten.
    peer* at(peer_id) noexcept;
    void forget(peer_id);
    std::size_t size() const noexcept { return by_routing_id_.size(); }
    /// Calls `forgotten(id)` for each peer that said nothing since `before`, and forgets it.
    template <class Forgotten>
    void forget_silent(time_point before, Forgotten forgotten) {
        for (std::uint32_t i = 0; i < peers_.size(); ++i)
            if (peers_[i].known && peers_[i].last_heard < before) {
                forgotten(id_of(i));
                forget(id_of(i));
            }
    }
    /// Calls `look(id, peer)` for each; it may forget that one.
    template <class Look>
    void for_each(Look look) {
        for (std::uint32_t i = 0; i < peers_.size(); ++i)
            if (peers_[i].known) look(id_of(i), peers_[i]);
    }

private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view id) const noexcept {
            return std::hash<std::string_view>{}(id);
        }
    };
    peer_id id_of(std::uint32_t index) const {
        return peer_id{std::uint64_t{peers_[index].generation} << 32U | index};
    }

    std::deque<peer> peers_;
    std::vector<std::uint32_t> free_;
    boost::unordered_flat_map<std::string, std::uint32_t, hash, std::equal_to<>> by_routing_id_;
};

} // namespace postbus::bus
