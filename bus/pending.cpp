#include "bus/pending.hpp"

namespace postbus::bus {

namespace {
// A slot keeps its buffer for the next call, unless one large call would pin it for ever.
constexpr std::size_t kept_capacity = 4096;
} // namespace

void pending_call::keep(std::string_view meta, std::string_view body, const shared_body& apart) {
    payload.assign(meta);
    meta_size = meta.size();
    detached = apart;
    has_request = true;
    if (!apart.owner) payload.append(body);
}

pending_call& pending_table::add_unindexed(const call_id& id) {
    if (free_.empty()) {
        auto& fresh = calls_.emplace_back();
        fresh.index = static_cast<std::uint32_t>(calls_.size() - 1);
        fresh.generation = first_generation_;
        free_.push_back(fresh.index);
    }
    auto& call = calls_[free_.back()];
    free_.pop_back();
    call.id = id;
    ++size_;
    return call;
}

pending_call& pending_table::add(const call_id& id) {
    auto& call = add_unindexed(id);
    call.indexed = by_id_.try_emplace(id, call.index).second;
    return call;
}

void pending_table::remove(pending_call& call) {
    if (call.indexed) by_id_.erase(call.id);
    call.where = pending_call::state::free;
    call.has_caller = call.indexed = call.has_request = call.alone = false;
    call.resends = 0;
    call.service = call.worker = nobody;
    call.detached = {};
    call.payload.clear();
    call.meta_size = 0;
    if (call.payload.capacity() > kept_capacity) call.payload = {};
    ++call.generation;
    free_.push_back(call.index);
    --size_;
}

pending_call* pending_table::at(std::uint64_t slot) noexcept {
    const auto index = static_cast<std::uint32_t>(slot);
    if (index >= calls_.size()) return nullptr;
    auto& call = calls_[index];
    return call.slot() == slot && call.where != pending_call::state::free ? &call : nullptr;
}

pending_call* pending_table::find(const call_id& id) noexcept {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &calls_[found->second];
}

} // namespace postbus::bus
