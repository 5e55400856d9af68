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
    last_.resize(all_.size());
    missing_ = all_.size();
    ++round_;
    for (std::size_t i = 0; i < all_.size(); ++i) ask(i);
    patience_.expires_after(std::chrono::milliseconds{100});
    patience_.async_wait([this](const boost::system::error_code& failed) {
        if (!failed) finish();
    });
}

// What is left in the queue of a shard that has ended is never run, and holds nothing.
void figure_collector::ask(std::size_t which) {
    auto* const asked = all_[which];
    net::post(asked->io_, [this, asked, which, round = round_] {
        net::post(io_, [this, which, round, said = asked->own_()]() mutable {
            hear(round, which, std::move(said));
        });
    });
}

void figure_collector::hear(std::uint64_t round, std::size_t which, shard_figures said) {
    last_[which] = std::move(said);
    if (round == round_ && --missing_ == 0) finish();
}

void figure_collector::finish() {
    if (!done_) return;
    ++round_;
    patience_.cancel();
    shard_figures all;
    for (const auto& one : last_) all += one;
    std::exchange(done_, nullptr)(all);
}

} // namespace postbus::gateway
