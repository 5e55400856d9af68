#include "bus/broker_links.hpp"

#include <algorithm>
#include <utility>

namespace postbus::bus {

namespace {

constexpr auto doubtful_after = std::chrono::milliseconds{300};
constexpr auto stood_still = std::chrono::milliseconds{500}; // this process, between two sweeps
constexpr std::size_t frames_a_turn = 64;

} // namespace

broker_link::broker_link(boost::asio::io_context& io, const endpoint& where, std::uint32_t index,
                         broker_links& owner)
    : line_{where}, life_{broker_links::clock::now()}, index_{index},
      data_{io, line_.socket(), [this, &owner] { return owner.drain(*this); }},
      monitor_{io, line_.monitor(), [this, &owner] { return owner.watch(*this); }} {}

broker_links::broker_links(boost::asio::io_context& io, const std::vector<endpoint>& brokers,
                           bool same, broker_observer& observer)
    : observer_{observer}, stays_{same} {
    for (const auto& where : brokers)
        links_.push_back(std::make_unique<broker_link>(
            io, where, static_cast<std::uint32_t>(links_.size()), *this));
}

std::size_t broker_links::usable() const noexcept {
    return static_cast<std::size_t>(
        std::ranges::count_if(links_, [](const auto& one) { return one->usable(); }));
}

bool broker_links::any_doubtful() const noexcept {
    return std::ranges::any_of(links_,
                               [](const auto& one) { return one->usable() && one->doubtful(); });
}

std::string broker_links::refused() const {
    std::string why;
    for (const auto& one : links_)
        if (why = one->line_.refused(); why.empty()) break;
    return why;
}

broker_link* broker_links::next(std::uint32_t rather_not) noexcept {
    if (links_.size() == 1) return links_[0]->usable() ? links_[0].get() : nullptr;
    if (stays_) return same();
    broker_link* second_best = nullptr;
    for (std::size_t tried = 0; tried < links_.size(); ++tried) {
        auto& one = *links_[next_++ % links_.size()];
        if (one.clear() && one.index() != rather_not) return &one;
        if (one.usable() && (!second_best || one.index() != rather_not)) second_best = &one;
    }
    return second_best;
}

broker_link* broker_links::after(const broker_link& last) noexcept {
    broker_link* second_best = nullptr;
    for (std::size_t step = 1; step <= links_.size(); ++step) {
        auto& one = *links_[(last.index() + step) % links_.size()];
        if (one.clear() && &one != &last) return &one;
        if (one.usable() && (!second_best || second_best == &last)) second_best = &one;
    }
    return second_best;
}

broker_link* broker_links::same() noexcept {
    for (std::size_t tried = 0; tried < links_.size(); ++tried, ++next_)
        if (auto& one = *links_[next_ % links_.size()]; one.usable()) return &one;
    return nullptr;
}

void broker_links::append(broker_link& to, const record& what) {
    to.line_.append(what);
    to.dirty_ = true;
}

void broker_links::flush() {
    for (auto& one : links_) {
        if (!one->dirty_) continue;
        one->dirty_ = !one->line_.flush();
        one->data_.after_send();
    }
}

bool broker_links::dirty() const noexcept {
    return std::ranges::any_of(links_, [](const auto& one) { return one->dirty_; });
}

bool broker_links::drain(broker_link& from) {
    for (std::size_t i = 0; i < frames_a_turn; ++i) {
        if (!from.line_.receive(received_)) return false;
        from.life_.heard();
        from.doubtful_ = false;
        if (std::exchange(from.suspect_, false)) observer_.on_trusted(from);
        observer_.on_message(from, received_);
    }
    return true;
}

bool broker_links::watch(broker_link& one) {
    for (;;) {
        switch (one.line_.next_change()) {
        case link::change::none: return false;
        case link::change::up:
            ++connects_;
            one.life_ = liveness{clock::now()};
            one.suspect_ = one.doubtful_ = false;
            observer_.on_up(one);
            one.data_.after_send();
            break;
        case link::change::down: observer_.on_lost(one); break;
        case link::change::refused: break; // see sweep
        }
    }
}

void broker_links::sweep(clock::time_point now, bool busy) {
    const auto pause = now - std::exchange(swept_, now);
    for (auto& one : links_) {
        if (!one->up()) {
            one->line_.retry(now);
            continue;
        }
        if (pause > stood_still) one->life_.forgive(pause);
        one->doubtful_ = one->life_.silent(now, doubtful_after);
        if (one->life_.frozen(now) && !std::exchange(one->suspect_, true)) observer_.on_lost(*one);
        if (one->life_.ping_due(now, busy) && !one->line_.blocked())
            append(*one, {.head = {.kind = kind::heartbeat}});
    }
}

} // namespace postbus::bus
