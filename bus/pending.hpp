#pragma once

#include "bus/envelope.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::bus {

using time_point = std::chrono::steady_clock::time_point;

/// A connection to the broker, as the broker's loop numbers it: generation and index.
enum class peer_id : std::uint64_t {};

inline constexpr std::uint32_t nobody = ~std::uint32_t{0};

/// A call between its REQUEST and its end. In a queue, or in flight at a worker.
struct pending_call : boost::intrusive::list_base_hook<> {
    enum class state : std::uint8_t { free, queued, in_flight };

    state where = state::free;
    bool has_caller = false;  ///< false: cancelled, or held by a worker since before this broker
    bool indexed = false;     ///< findable by id
    bool has_request = false; ///< meta and body are known: it can be sent again
    bool alone = false;       ///< in flight by itself, because its last worker died
    std::uint8_t flags = 0;   ///< flag::write, flag::slow
    std::uint8_t resends = 0;
    std::uint32_t index = 0;
    std::uint32_t generation = 0;
    std::uint32_t service = nobody;
    std::uint32_t worker = nobody; ///< in flight here
    peer_id caller{};
    std::uint64_t caller_slot = 0;
    call_id id;
    time_point arrived;
    time_point deadline;
    std::size_t meta_size = 0;
    std::string payload; ///< meta, then the body unless it is detached
    shared_body detached;

    std::uint64_t slot() const noexcept { return std::uint64_t{generation} << 32U | index; }
    std::string_view meta() const noexcept {
        return std::string_view{payload}.substr(0, meta_size);
    }
    std::string_view body() const noexcept {
        return detached.owner ? detached.bytes : std::string_view{payload}.substr(meta_size);
    }
    std::size_t bytes() const noexcept { return payload.size() + detached.bytes.size(); }
    void keep(std::string_view meta, std::string_view body, const shared_body& apart);
};

using call_list = boost::intrusive::list<pending_call>;

/// All calls that the broker answers for. A worker echoes the slot, so that a reply finds its call
/// by index; the generation tells a late reply from a current one.
class pending_table {
public:
    /// `first_generation` is random, so that slots of an earlier broker match nothing here.
    explicit pending_table(std::uint32_t first_generation) : first_generation_{first_generation} {}

    pending_call& add(const call_id&);
    /// As add, but not findable by id: another entry has the id already.
    pending_call& add_unindexed(const call_id&);
    /// Must be in no list.
    void remove(pending_call&);
    pending_call* at(std::uint64_t slot) noexcept;
    pending_call* find(const call_id&) noexcept;
    std::size_t size() const noexcept { return size_; }

private:
    std::uint32_t first_generation_;
    std::deque<pending_call> calls_; // addresses stay
    std::vector<std::uint32_t> free_;
    boost::unordered_flat_map<call_id, std::uint32_t, call_id_hash> by_id_;
    std::size_t size_ = 0;
};

} // namespace postbus::bus
