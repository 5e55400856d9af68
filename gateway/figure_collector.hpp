#pragma once

#include "gateway/request_counts.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace postbus::gateway {

/// Adds up the figures of all shards, each read on its own thread: so counting needs no lock. One
/// belongs to each shard; `all` is complete before the first of them runs, and all live until no
/// shard runs any more.
class figure_collector {
public:
    using source = std::function<shard_figures()>;
    using handler = std::function<void(const shard_figures&)>;

    figure_collector(boost::asio::io_context&, std::vector<figure_collector*>& all, source own);
    figure_collector(const figure_collector&) = delete;
    figure_collector& operator=(const figure_collector&) = delete;

    /// Calls `done` once, never from within. A shard that does not answer within a tenth of a
    /// second (it is busy, or has ended) counts with what it said last, whoever had asked: so no
    /// counter goes back. One round at a time.
    void collect(handler done);

private:
    using said = std::shared_ptr<const shard_figures>;

    void ask(figure_collector&);
    void say();
    said last_said() const;
    void hear(std::uint64_t round);
    void finish();

    boost::asio::io_context& io_;
    std::vector<figure_collector*>& all_;
    source own_;
    boost::asio::steady_timer patience_;
    mutable std::mutex guard_;
    said said_; // behind the guard: other shards read it
    std::uint64_t round_ = 0;
    std::size_t missing_ = 0;
    handler done_;
};

} // namespace postbus::gateway
