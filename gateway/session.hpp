#pragma once

#include "bus/client.hpp"
#include "gateway/exchange.hpp"
#include "gateway/scraper.hpp"
#include "gateway/tcp.hpp"

#include <boost/intrusive/list_hook.hpp>

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace postbus::gateway {

/// One connection's socket under its exchange. Belongs to its shard's thread. One coroutine waits
/// for the socket; replies come in between and are sent on the spot, without waking it.
class session : public boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>>,
                private exchange_ports,
                private bus::call_observer,
                private scrape_waiter {
public:
    /// `room` is where input is read to; all connections of the shard share it.
    session(shard_state&, bus::client&, std::span<char> room, tcp_socket);
    ~session();

    /// Serves until the connection ends.
    task run();
    void tick();
    void drain();     ///< looks once more for a request; the next answer is the last
    void close_now(); ///< answers what is open, and ends

private:
    enum class awaited : std::uint8_t { input, room_to_send, failure, nothing };

    bool send(std::string_view bytes) override;
    void start_call(const bus::call_request&) override;
    void cancel_call() override;
    void start_scrape() override;
    void on_scraped(std::string_view page) override;
    void on_reply(const bus::call_reply&) override;

    awaited wanted() const noexcept;
    void step(bool failed);
    void receive();
    void flush();
    void say_goodbye();
    void settle();
    std::size_t send_some(std::string_view bytes) noexcept;

    shard_state& shard_;
    bus::client& client_;
    std::span<char> room_;
    tcp_socket socket_;
    exchange exchange_;
    std::string unsent_;
    std::chrono::steady_clock::time_point write_deadline_;
    bus::call_handle call_ = bus::call_handle::none;
    awaited waits_for_ = awaited::nothing;
    bool scraping_ = false;
    bool shut_ = false; // our side: the client was told that no more comes
    bool gone_ = false; // the client, or our patience with it
};

} // namespace postbus::gateway
