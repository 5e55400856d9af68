#pragma once

#include "bus/pending.hpp"

#include <cstddef>

namespace postbus::bus {

/// Calls that wait for a worker, first in, first out, bounded in count and bytes.
class call_queue {
public:
    struct limits {
        std::size_t calls = 10'000;
        std::size_t bytes = 64U * 1024 * 1024;
    };

    bool has_room(std::size_t bytes, const limits& most) const noexcept {
        return calls_.size() < most.calls && bytes_ + bytes <= most.bytes;
    }
    void push(pending_call& call) {
        call.where = pending_call::state::queued;
        bytes_ += call.bytes();
        calls_.push_back(call);
    }
    const pending_call& front() const { return calls_.front(); }
    pending_call& pop() {
        auto& call = calls_.front();
        erase(call);
        return call;
    }
    void erase(pending_call& call) {
        bytes_ -= call.bytes();
        calls_.erase(calls_.iterator_to(call));
    }
    /// Takes out every call for which `wanted(call)`, and hands it to `take(call)`.
    template <class Wanted, class Take>
    void take_if(Wanted wanted, Take take) {
        for (auto at = calls_.begin(); at != calls_.end();) {
            auto& call = *at++;
            if (!wanted(call)) continue;
            erase(call);
            take(call);
        }
    }
    bool empty() const noexcept { return calls_.empty(); }
    std::size_t size() const noexcept { return calls_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }

private:
    call_list calls_;
    std::size_t bytes_ = 0;
};

} // namespace postbus::bus
