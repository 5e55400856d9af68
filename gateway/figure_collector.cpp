#include "gateway/figure_collector.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <utility>

namespace postbus::gateway {

namespace net = boost::asio;

figure_collector::figure_collector(net::io_context& io, std::vector<figure_collector*>& all,
                                   source own)
    : io_{io}, all_{all}, own_{std::move(own)}, patience_{io} {
    all_.push_back(this);
}

void figure_collector::collect(handler done) {
    done_ = std::move(done);
    missing_ = all_.size();
    ++round_;
    for (auto* one : all_) ask(*one);
    patience_.expires_after(std::chrono::milliseconds{100});
    patience_.async_wait([this](const boost::system::error_code& failed) {
        if (!failed) finish();
    });
}

// What is left in the queue of a shard that has ended is never run, and holds nothing.
void figure_collector::ask(figure_collector& other) {
    net::post(other.io_, [this, &other, round = round_] {
        other.say();
        net::post(io_, [this, round] { hear(round); });
    });
}

void figure_collector::say() {
    auto now = std::make_shared<const shard_figures>(own_());
    const std::lock_guard lock{guard_};
    said_.swap(now);
}

figure_collector::said figure_collector::last_said() const {
    const std::lock_guard lock{guard_};
    return said_;
}

void figure_collector::hear(std::uint64_t round) {
    if (round == round_ && --missing_ == 0) finish();
}

void figure_collector::finish() {
    if (!done_) return;
    ++round_;
    patience_.cancel();
    shard_figures sum;
    for (const auto* one : all_)
        if (const auto figures = one->last_said()) sum += *figures;
    std::exchange(done_, nullptr)(sum);
}

} // namespace postbus::gateway
