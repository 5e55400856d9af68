#include "gateway/shard.hpp"

#include "bus/notify.hpp"
#include "bus/process_metrics.hpp"
#include "bus/unix_time.hpp"
#include "gateway/http_message.hpp"
#include "gateway/listener.hpp"
#include "gateway/problem.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace postbus::gateway {

namespace net = boost::asio;

namespace {

using timer = net::basic_waitable_timer<std::chrono::steady_clock,
                                        net::wait_traits<std::chrono::steady_clock>, executor>;

constexpr std::chrono::milliseconds tick_length{250};
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::seconds warning_pause{10};
// Commits of a busy service come faster than those who wait for one of them need to look.
constexpr std::chrono::milliseconds wake_pause{2};
constexpr std::chrono::milliseconds clock_tolerance{1000};
constexpr std::size_t room_size = 64 * 1024;

} // namespace

shard::shard(const options& chosen, const net::ip::tcp::endpoint& address, shard_commons& commons,
             bool first)
    : brokers_{chosen.brokers}, io_{1}, state_{chosen.limit},
      room_(room_size), client_{io_, {.brokers = chosen.brokers}},
      collector_{io_, commons.collectors, [this] { return figures(); }},
      metrics_{io_, {.brokers = chosen.brokers}, [this](auto done) { collect(std::move(done)); }},
      subscriber_{io_, chosen.brokers, [this](const auto& snapshot) { learn(snapshot); }},
      acceptor_{chosen.listen_fd < 0 ? listen(io_, address) : share(io_, chosen.listen_fd)},
      commons_{commons}, first_{first}, take_over_{chosen.take_over} {
    state_.metrics = &metrics_;
}

void shard::run() {
    net::co_spawn(io_, tick(), net::detached);
    if (!take_over_) begin_to_accept();
    io_.run();
    // What is left did not finish in time. It must end before the client does.
    for (auto& one : sessions_) one.close_now();
    io_.restart();
    io_.poll();
}

void shard::drain() {
    net::post(io_, [this] { begin_drain(); });
}

void shard::begin_drain() {
    // Who has connected already is answered: closing the acceptor would reset them.
    boost::system::error_code none_left;
    acceptor_.non_blocking(true);
    while (accepting_) {
        tcp_socket socket{io_.get_executor()};
        acceptor_.accept(socket, none_left);
        if (none_left) break;
        open(std::move(socket));
    }
    acceptor_.close(none_left);
    state_.draining = true;
    drain_deadline_ = std::chrono::steady_clock::now() + state_.limit.drain_time;
    for (auto& one : sessions_) one.drain();
    if (sessions_.empty()) io_.stop();
}

void shard::begin_to_accept() {
    if (accepting_ || state_.draining) return;
    accepting_ = true;
    net::co_spawn(io_, accept(), net::detached);
}

/// Whoever started this process may send clients, or let the gateway before this one go.
void shard::tell_ready() {
    if (first_ && !told_ready_ && state_.settled) told_ready_ = bus::notify("READY=1");
}

task shard::accept() {
    auto warned = state_.now - warning_pause;
    while (!state_.draining) {
        boost::system::error_code failed;
        auto socket = co_await acceptor_.async_accept(net::redirect_error(as_task, failed));
        if (!failed) {
            open(std::move(socket));
        } else if (failed != net::error::operation_aborted &&
                   failed != net::error::connection_aborted) {
            // Out of descriptors or memory: trying again at once would only burn the processor.
            if (state_.now - warned >= warning_pause) {
                spdlog::warn("cannot accept connections for now: {}", failed.message());
                warned = state_.now;
            }
            timer pause{io_.get_executor(), accept_pause};
            co_await pause.async_wait(as_task);
        }
    }
}

void shard::open(tcp_socket socket) {
    if (commons_.connections.load(std::memory_order_relaxed) < state_.limit.connections) {
        net::co_spawn(io_, serve(std::move(socket)), net::detached);
        return;
    }
    state_.counts.refused(refusal::too_many_connections);
    std::string out;
    const auto problem = describe(refusal::too_many_connections);
    write_response({problem.status, {}, {}, retry_after(problem.status), problem.body},
                   {.close = true}, state_.date, out);
    ::send(socket.native_handle(), out.data(), out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(socket.native_handle(), SHUT_WR);
}

task shard::serve(tcp_socket socket) {
    commons_.connections.fetch_add(1, std::memory_order_relaxed);
    try {
        session one{state_, client_, room_, std::move(socket)};
        sessions_.push_back(one);
        co_await one.run();
    } catch (const std::exception& failed) {
        spdlog::error("a connection ended because of: {}", failed.what());
    }
    commons_.connections.fetch_sub(1, std::memory_order_relaxed);
    if (state_.draining && sessions_.empty()) io_.stop();
}

task shard::tick() {
    http_date date;
    timer next{io_.get_executor()};
    for (;;) {
        state_.now = std::chrono::steady_clock::now();
        state_.date = date.at(std::chrono::system_clock::now());
        for (auto& one : sessions_) one.tick();
        if (state_.draining && state_.now >= drain_deadline_) io_.stop();
        tell_ready();
        next.expires_at(state_.now + tick_length);
        co_await next.async_wait(as_task);
    }
}

void shard::learn(const bus::registry_snapshot& snapshot) {
    const bool was_settled = state_.settled;
    heard_ = std::chrono::steady_clock::now();
    const bool changed = services_.apply(snapshot, heard_);
    state_.settled = services_.settled();
    for (const auto& entry : snapshot.services) {
        const std::chrono::milliseconds ahead{entry.database_ahead_ms + snapshot.unix_ms -
                                              bus::unix_ms()};
        client_.keep_ids_ahead_of(entry.watermark, ahead);
        if (first_) watch_clock(entry, ahead);
    }
    if (changed) {
        listen_for_wakes();
        std::vector<std::string> refused;
        state_.routes =
            std::make_shared<route_table>(services_.services(), refused, &commons_.numbers);
        state_.counts.make_room(state_.routes->highest_number());
        if (first_)
            for (const auto& why : refused_.news(std::move(refused))) spdlog::warn("{}", why);
    }
    if (first_ && (changed || was_settled != state_.settled))
        spdlog::info("{} routes of {} services{}", state_.routes->size(),
                     services_.services().size(),
                     state_.settled ? "" : ", and perhaps more to come");
    if (state_.settled) {
        begin_to_accept();
        tell_ready();
    }
}

shard_figures shard::figures() const {
    return {.counts = state_.counts,
            .open_calls = client_.open_calls(),
            .connects = client_.connects(),
            .registry_age = bus::micros(std::chrono::steady_clock::now() - heard_)};
}

/// What the whole gateway tells of itself.
void shard::collect(std::function<void(bus::metric_report)> done) {
    collector_.collect([this, done = std::move(done)](const shard_figures& all) {
        bus::metric_report out;
        all.add_to(out, commons_.numbers.all());
        out.add("postbus_gateway_open_connections", {},
                commons_.connections.load(std::memory_order_relaxed));
        out.add("postbus_gateway_routes", {}, state_.routes->size());
        out.add("postbus_gateway_services", {}, services_.services().size());
        bus::add_process_metrics(out);
        done(std::move(out));
    });
}

/// Of the services that make what a client may wait for.
void shard::listen_for_wakes() {
    std::vector<std::string> names;
    for (const auto& service : services_.services())
        if (std::any_of(service.operations.begin(), service.operations.end(),
                        [](const auto& operation) { return !operation.terminal_states.empty(); }))
            names.push_back(service.name);
    if (names == wake_names_) return;
    wake_names_ = std::move(names);
    wakes_.reset();
    if (!wake_names_.empty())
        wakes_ = std::make_unique<bus::subscriber>(
            io_, brokers_, wake_names_, [this](const bus::log_head& head) { hear(head); });
}

void shard::hear(const bus::log_head& head) {
    if (state_.waiting.empty()) return;
    const bool first = changed_.empty();
    changed_.insert(head.service);
    if (first) net::co_spawn(io_, wake_waiting(), net::detached);
}

task shard::wake_waiting() {
    timer pause{io_.get_executor(), wake_pause};
    co_await pause.async_wait(as_task);
    const auto changed = std::exchange(changed_, {});
    for (auto* one : state_.waiting)
        for (const auto& service : changed) one->wake(service);
}

/// Call ids are made from this machine's clock and compared with the database's: see the watermark.
void shard::watch_clock(const bus::registry_entry& entry, std::chrono::milliseconds ahead) {
    const auto key = entry.description.key();
    if (std::chrono::abs(ahead) <= clock_tolerance) {
        odd_clocks_.erase(key);
    } else if (odd_clocks_.insert(key).second) {
        spdlog::warn("the clock of {}'s database and this machine's are {} ms apart: "
                     "synchronise them",
                     key, ahead.count());
    }
}

} // namespace postbus::gateway
