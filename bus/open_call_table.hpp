#pragma once

#include "bus/broker_links.hpp"
#include "bus/call_id.hpp"
#include "bus/client.hpp"
#include "bus/envelope.hpp"
#include "bus/open_share.hpp"
#include "bus/worker_search.hpp"

#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace postbus::bus {

/// A client's call between start and end: what is needed to send it again, and what became of it.
struct open_call : boost::intrusive::list_base_hook<> {
    using clock = std::chrono::steady_clock;

    std::uint32_t index = 0;
    std::uint32_t generation = 1;
    bool open = false;
    bool full = false;    ///< refused at once: one call too many
    open_share::use held; ///< of what all open calls share
    bool sent = false;    ///< some broker may have it
    bool resent = false;  ///< and an earlier one may have had it executed
    std::uint8_t flags = 0;
    std::uint32_t link = no_link; ///< where it waits or was sent
    worker_search search;
    call_observer* observer = nullptr;
    call_id id;
    clock::time_point started;
    clock::time_point deadline;
    std::size_t service_size = 0;
    std::array<char, max_service_key> service;
    std::size_t meta_size = 0;
    std::string payload; ///< meta, then the body unless it is large
    shared_body detached;

    std::uint64_t slot() const noexcept { return std::uint64_t{generation} << 32U | index; }
    /// A quarter of its time is over: the rest should do at another broker.
    bool runs_late(clock::time_point now) const noexcept {
        return now - started >= (deadline - started) / 4;
    }
};

/// The open calls in the order of their start, and by slot. A slot's generation tells a late reply
/// from a current one.
class open_call_table {
public:
    ~open_call_table() { open_.clear(); }

    open_call& take() {
        if (free_.empty()) {
            auto& fresh = calls_.emplace_back();
            fresh.index = static_cast<std::uint32_t>(calls_.size() - 1);
            free_.push_back(fresh.index);
        }
        auto& call = calls_[free_.back()];
        free_.pop_back();
        call.open = true;
        open_.push_back(call);
        return call;
    }
    void release(open_call& call) {
        constexpr std::size_t kept_capacity = 4096;
        open_.erase(decltype(open_)::s_iterator_to(call));
        ++call.generation;
        call.open = call.full = call.sent = call.resent = false;
        call.link = no_link;
        call.search = {};
        call.observer = nullptr;
        call.detached = {};
        if (call.payload.capacity() > kept_capacity) call.payload = {};
        free_.push_back(call.index);
    }
    /// Null when it has ended.
    open_call* at(std::uint64_t slot) noexcept {
        const auto index = static_cast<std::uint32_t>(slot);
        if (index >= calls_.size()) return nullptr;
        auto& call = calls_[index];
        return call.open && call.slot() == slot ? &call : nullptr;
    }

    std::size_t size() const noexcept { return open_.size(); }
    bool empty() const noexcept { return open_.empty(); }
    auto begin() noexcept { return open_.begin(); }
    auto end() noexcept { return open_.end(); }

private:
    std::deque<open_call> calls_; // addresses stay
    std::vector<std::uint32_t> free_;
    boost::intrusive::list<open_call> open_;
};

} // namespace postbus::bus
