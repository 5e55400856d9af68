#pragma once

#include "bus/client.hpp"
#include "gateway/head_check.hpp"
#include "gateway/http_message.hpp"
#include "gateway/resource_wait.hpp"
#include "gateway/shard_state.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace postbus::gateway {

/// What an exchange does to the world.
class exchange_ports {
public:
    /// False: the client has not taken all of it; exchange::resume() follows when it has.
    virtual bool send(std::string_view bytes) = 0;
    /// Copies what it needs; the reply comes through exchange::reply(), never from within.
    virtual void start_call(const bus::call_request&) = 0;
    virtual void cancel_call() = 0;
    /// The page comes through exchange::show_metrics(), never from within. cancel_call() ends it.
    virtual void start_scrape() {}

protected:
    ~exchange_ports() = default;
};

/// The HTTP side of one connection: bytes in, calls and bytes out, one request after the other in
/// the order they came. No socket and no clock: time is that of the shard's last tick.
class exchange {
public:
    enum class phase : std::uint8_t {
        idle,    ///< between two requests
        head,    ///< a part of a head has come
        body,    ///< a part of a body has come
        calling, ///< a service is asked
        waiting, ///< it has answered; what it made is not at its end (resource_wait)
        closing, ///< the last answer is given; what still comes is thrown away
        closed,  ///< to be closed without another word
    };

    exchange(shard_state&, exchange_ports&);
    ~exchange();
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;

    void receive(std::string_view bytes);
    void reply(const bus::call_reply&);
    void show_metrics(std::string_view page);
    /// Something has changed at that service ("orders").
    void wake(std::string_view service);
    void resume(); ///< what was sent has been taken
    /// The client sends no more: either it is gone, or it waits for its last answer. Nobody can
    /// tell, so an open call gets limits::half_closed_time before it is cancelled.
    void end_of_input();
    void hang_up(); ///< the client is gone: its open call is cancelled
    void tick();    ///< looks at the deadline
    void drain();   ///< the next answer is the last; closes soon when idle
    void abandon(); ///< the drain took too long: answers what is open, and closes

    gateway::exchange::phase phase() const noexcept { return phase_; }
    /// False: so much was read ahead that the client has to wait.
    bool wants_input() const noexcept;

private:
    struct upload;

    void work_on_kept();
    std::size_t work(std::string_view input);
    std::size_t begin(std::string_view input);
    std::size_t go_on(std::string_view input);
    std::size_t answer_without_service(const direct_answer&, std::string_view rest);
    void wait_for_body(const admitted&);
    void call(const admitted&, std::string_view meta, std::string_view body);
    void give(const bus::call_reply&);
    bool hold_back(const bus::call_reply&);
    void read_again();
    void take_read(const bus::call_reply&);
    void end_wait(bool applied);
    void leave_wait();
    void fail(refusal); // answers, and closes
    void answer(const response&);
    void enter(enum phase) noexcept;

    shard_state& shard_;
    exchange_ports& ports_;
    head_check check_;
    std::string kept_;                    // input not used yet
    std::unique_ptr<upload> upload_;      // a request whose body is still coming
    std::unique_ptr<resource_wait> wait_; // of the open call, when its client prefers to wait
    std::chrono::steady_clock::time_point deadline_;
    std::chrono::steady_clock::time_point began_; // the request, when its head had come
    std::uint32_t route_ = route_numbers::none;   // that it is counted by
    enum phase phase_ = phase::idle;
    delivery_mode mode_;
    bool blocked_ = false; // until resume()
    bool ended_ = false;   // see end_of_input()
};

} // namespace postbus::gateway
