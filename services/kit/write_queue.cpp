#include "services/kit/write_queue.hpp"

#include <algorithm>
#include <iterator>

namespace postbus::kit {

namespace {

constexpr auto longest_wait_alone = std::chrono::milliseconds{100};

} // namespace

void write_queue::push(std::unique_ptr<call> c, time_point now) {
    if (c->alone) alone_.push_back({std::move(c), now});
    else together_.push_back(std::move(c));
}

void write_queue::put_back(std::vector<std::unique_ptr<call>> calls, time_point now) {
    const auto first_alone =
        std::stable_partition(calls.begin(), calls.end(), [](const auto& c) { return !c->alone; });
    together_.insert(together_.begin(), std::make_move_iterator(calls.begin()),
                     std::make_move_iterator(first_alone));
    std::for_each(first_alone, calls.end(), [&](auto& c) {
        alone_.push_back({std::move(c), now});
    });
}

std::vector<std::unique_ptr<call>> write_queue::next(std::size_t most, time_point now) {
    std::vector<std::unique_ptr<call>> out;
    if (!alone_.empty() &&
        (together_.empty() || now - alone_.front().since >= longest_wait_alone)) {
        out.push_back(std::move(alone_.front().it));
        alone_.pop_front();
        // The others of its kind start to wait anew, so that a run of them stops nobody else.
        for (auto& other : alone_) other.since = now;
        return out;
    }
    const auto count = static_cast<std::ptrdiff_t>(std::min(most, together_.size()));
    std::move(together_.begin(), together_.begin() + count, std::back_inserter(out));
    together_.erase(together_.begin(), together_.begin() + count);
    return out;
}

std::vector<std::unique_ptr<call>>
write_queue::take_if(const std::function<bool(const call&)>& wanted) {
    std::vector<std::unique_ptr<call>> out;
    if (std::none_of(together_.begin(), together_.end(), [&](auto& c) { return wanted(*c); }) &&
        std::none_of(alone_.begin(), alone_.end(), [&](auto& c) { return wanted(*c.it); }))
        return out;
    for (auto& c : together_)
        if (wanted(*c)) out.push_back(std::move(c));
    for (auto& c : alone_)
        if (wanted(*c.it)) out.push_back(std::move(c.it));
    std::erase_if(together_, [](const auto& c) { return !c; });
    std::erase_if(alone_, [](const auto& c) { return !c.it; });
    return out;
}

} // namespace postbus::kit
