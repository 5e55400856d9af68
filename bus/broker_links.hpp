#pragma once

#include "bus/endpoint.hpp"
#include "bus/envelope.hpp"
#include "bus/frames.hpp"
#include "bus/link.hpp"
#include "bus/liveness.hpp"
#include "bus/zmq_stream.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace postbus::bus {

inline constexpr std::uint32_t no_link = ~std::uint32_t{0};

class broker_links;

/// A link to a broker within an io_context, and what is thought of the broker.
class broker_link {
public:
    broker_link(boost::asio::io_context&, const endpoint&, std::uint32_t index,
                broker_links& owner);

    std::uint32_t index() const noexcept { return index_; }
    bool up() const noexcept { return line_.up(); }
    /// Up, and not silent for so long that it counts as frozen.
    bool usable() const noexcept { return up() && !suspect_; }
    /// Silent for a while: avoided as long as there is another.
    bool doubtful() const noexcept { return doubtful_; }
    bool clear() const noexcept { return usable() && !doubtful_; }

private:
    friend class broker_links;

    link line_;
    liveness life_;
    bool suspect_ = false;
    bool doubtful_ = false;
    bool dirty_ = false; // has something to send
    std::uint32_t index_;
    zmq_stream data_;
    zmq_stream monitor_;
};

/// What a client learns of its brokers. Called on the io_context's thread, never from within
/// append, flush or next.
class broker_observer {
public:
    virtual void on_message(broker_link&, const frames&) = 0;
    /// A new connection: whatever was on the one before is lost.
    virtual void on_up(broker_link&) = 0;
    /// The connection is gone, or the broker counts as frozen.
    virtual void on_lost(broker_link&) = 0;
    /// It counted as frozen, and answers again.
    virtual void on_trusted(broker_link&) = 0;

protected:
    ~broker_observer() = default;
};

/// A client's connections to all its brokers, and which one to use next. Belongs to the one thread
/// that runs the io_context.
class broker_links {
public:
    using clock = std::chrono::steady_clock;

    /// The observer must outlive it. `same`: next() stays with one broker until it is lost.
    broker_links(boost::asio::io_context&, const std::vector<endpoint>&, bool same,
                 broker_observer&);

    std::size_t size() const noexcept { return links_.size(); }
    broker_link& operator[](std::uint32_t index) noexcept { return *links_[index]; }
    std::size_t usable() const noexcept; ///< how many
    bool any_doubtful() const noexcept;
    std::uint64_t connects() const noexcept { return connects_; } ///< so far, all together
    /// Why every broker wants nothing to do with this process; empty: one of them does, or may.
    std::string refused() const;

    /// The next usable one behind it, around; a doubtful one, and itself, only if there is no
    /// other. Null: there is none.
    broker_link* after(const broker_link&) noexcept;
    /// A usable one, in turn; a doubtful one, and the one that is named, only if there is no other.
    /// Null: there is none.
    broker_link* next(std::uint32_t rather_not = no_link) noexcept;

    void append(broker_link&, const record&);
    /// Sends what was appended. What a broker does not take waits for the next sweep.
    void flush();
    /// Something waits to be sent.
    bool dirty() const noexcept;
    /// Connects again, pings, judges. To be called several times a second. `busy`: calls are open.
    void sweep(clock::time_point now, bool busy);

private:
    friend class broker_link;

    bool drain(broker_link&);
    bool watch(broker_link&);
    broker_link* same() noexcept;

    broker_observer& observer_;
    bool stays_;
    std::vector<std::unique_ptr<broker_link>> links_;
    std::size_t next_ = 0;
    std::uint64_t connects_ = 0;
    frames received_;
    clock::time_point swept_ = clock::now();
};

} // namespace postbus::bus
