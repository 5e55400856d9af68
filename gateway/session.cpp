#include "gateway/session.hpp"

#include <boost/asio/redirect_error.hpp>

#include <sys/socket.h>

#include <cerrno>

namespace postbus::gateway {

namespace net = boost::asio;

session::session(shard_state& shard, bus::client& client, std::span<char> room, tcp_socket socket)
    : shard_{shard}, client_{client}, room_{room}, socket_{std::move(socket)}, exchange_{shard,
                                                                                         *this} {}

session::~session() {
    if (call_ != bus::call_handle::none) client_.cancel(call_);
    if (scraping_) shard_.metrics->forget(*this);
}

task session::run() {
    if (shard_.draining) step(false); // it came with the last ones: there may be no later
    while ((waits_for_ = wanted()) != awaited::nothing) {
        const auto event = waits_for_ == awaited::input          ? tcp_socket::wait_read
                           : waits_for_ == awaited::room_to_send ? tcp_socket::wait_write
                                                                 : tcp_socket::wait_error;
        boost::system::error_code woken;
        co_await socket_.async_wait(event, net::redirect_error(as_task, woken));
        step(!woken && waits_for_ == awaited::failure);
    }
}

session::awaited session::wanted() const noexcept {
    if (gone_) return awaited::nothing;
    if (!unsent_.empty()) return awaited::room_to_send;
    if (exchange_.phase() == exchange::phase::closed) return awaited::nothing;
    return exchange_.wants_input() ? awaited::input : awaited::failure;
}

void session::step(bool failed) {
    if (!unsent_.empty()) flush();
    else if (exchange_.wants_input()) receive();
    else if (failed) exchange_.hang_up();
    if (shard_.draining && unsent_.empty()) exchange_.drain();
    say_goodbye();
}

void session::receive() {
    const auto size = ::recv(socket_.native_handle(), room_.data(), room_.size(), MSG_DONTWAIT);
    if (size > 0) exchange_.receive({room_.data(), static_cast<std::size_t>(size)});
    else if (size == 0) exchange_.end_of_input();
    else if (errno != EAGAIN && errno != EINTR) exchange_.hang_up();
}

bool session::send(std::string_view bytes) {
    if (unsent_.empty()) bytes.remove_prefix(send_some(bytes));
    if (bytes.empty() || gone_) return true;
    unsent_ += bytes;
    write_deadline_ = shard_.now + shard_.limit.write_time;
    return false;
}

void session::flush() {
    const auto sent = send_some(unsent_);
    if (sent == 0) return;
    unsent_.erase(0, sent);
    write_deadline_ = shard_.now + shard_.limit.write_time;
    if (!unsent_.empty()) return;
    unsent_ = {};
    exchange_.resume();
}

/// How much the socket took at once. Sets gone_ when it takes no more ever.
std::size_t session::send_some(std::string_view bytes) noexcept {
    const auto sent =
        ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno != EAGAIN && errno != EINTR) gone_ = true;
    return 0;
}

void session::start_call(const bus::call_request& request) {
    call_ = client_.start(request, *this);
}

void session::cancel_call() {
    client_.cancel(call_);
    call_ = bus::call_handle::none;
    if (scraping_) shard_.metrics->forget(*this);
    scraping_ = false;
}

void session::start_scrape() {
    scraping_ = true;
    shard_.metrics->ask(*this);
}

void session::on_scraped(std::string_view page) {
    scraping_ = false;
    exchange_.show_metrics(page);
    settle();
}

void session::on_reply(const bus::call_reply& reply) {
    call_ = bus::call_handle::none;
    exchange_.reply(reply);
    settle();
}

void session::tick() {
    if (unsent_.empty()) exchange_.tick();
    else if (shard_.now >= write_deadline_) gone_ = true;
    settle();
}

void session::drain() {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void session::close_now() {
    exchange_.abandon();
    gone_ = true;
    settle();
}

/// After the last answer: tells the client that no more comes. It then closes, having read all.
void session::say_goodbye() {
    if (exchange_.phase() != exchange::phase::closing || !unsent_.empty() || shut_) return;
    shut_ = true;
    ::shutdown(socket_.native_handle(), SHUT_WR);
}

/// After something happened outside of the coroutine: wakes it when it waits for the wrong thing.
void session::settle() {
    say_goodbye();
    if (wanted() == waits_for_) return;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

} // namespace postbus::gateway
