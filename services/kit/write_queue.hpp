#pragma once

#include "services/kit/call.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace postbus::kit {

/// The writes that wait for the next batch, in the order they came. Calls that are to run alone
/// wait apart, until there is nothing else to do or for 100 ms: should one take the worker with it,
/// few others are harmed. Pure.
class write_queue {
public:
    using time_point = std::chrono::steady_clock::time_point;

    void push(std::unique_ptr<call>, time_point now);
    /// Undone calls go to the front, in their order.
    void put_back(std::vector<std::unique_ptr<call>>, time_point now);
    /// The next batch: one call alone, or up to `most` others.
    std::vector<std::unique_ptr<call>> next(std::size_t most, time_point now);
    /// Takes out those that `wanted` says, and the rest stay in order.
    std::vector<std::unique_ptr<call>> take_if(const std::function<bool(const call&)>& wanted);

    bool empty() const noexcept { return together_.empty() && alone_.empty(); }
    std::size_t size() const noexcept { return together_.size() + alone_.size(); }

private:
    struct lone_call {
        std::unique_ptr<call> it;
        time_point since;
    };
    std::deque<std::unique_ptr<call>> together_;
    std::deque<lone_call> alone_;
};

} // namespace postbus::kit
