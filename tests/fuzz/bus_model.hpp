#pragma once

#include "bus/router.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace postbus::fuzz {

/// What callers asked and workers were given, seen from outside a router: told of everything that
/// goes in and comes out, it knows when the router breaks its word. It believes no worker, so it
/// demands only what must hold whatever they say.
class bus_model {
public:
    /// `r` is about to be given to the router.
    void received(bus::peer_id from, const bus::record& r);
    /// The router sent it.
    void sent(bus::peer_id to, const bus::record& r);
    /// The peer is about to be lost.
    void lost(bus::peer_id peer);
    /// Nobody is left and all time limits are over.
    void finish() const;

private:
    /// From a REQUEST until its reply. Kept afterwards, since a worker may still have it.
    struct ask {
        bool open = false;
        bool asked_anew = false; ///< taken back, then asked again: who has it is not known any more
        bus::peer_id caller{};
        std::uint64_t slot = 0;
        std::string service;               ///< its name
        std::vector<bus::peer_id> holders; ///< got it, and did not say that they have not begun it
    };
    struct given {
        std::uint64_t slot = 0;
        bus::call_id id;
        bool slow = false;
    };
    struct worker {
        bool announced = false;
        bool draining = false;
        std::string instance;
        std::uint32_t credits[2] = {};
        std::vector<given> hand; ///< since its last READY
    };

    struct broker_call {
        bus::peer_id caller{};
        std::uint64_t slot = 0;
        bus::call_id id;

        bool operator==(const broker_call&) const = default;
    };

    void asked(bus::peer_id from, const bus::head& head);
    void answered(bus::peer_id from, const bus::head& head);
    void announced(bus::peer_id from, const bus::record& r);
    void accepted(bus::peer_id who);
    void handed(bus::peer_id to, const bus::head& head);
    void replied(bus::peer_id to, const bus::head& head);

    std::optional<broker_call> to_broker_;
    struct claim {
        broker_call what;
        ask before; ///< what was asked by that id
    };
    std::optional<claim> claim_;     ///< while a REQUEST is looked at
    std::vector<bus::call_id> held_; ///< named by the last READY
    std::map<bus::call_id, ask> asks_;
    std::map<bus::peer_id, worker> workers_;
    std::map<std::uint64_t, bus::call_id> slots_; ///< of all that was ever handed out
};

} // namespace postbus::fuzz
