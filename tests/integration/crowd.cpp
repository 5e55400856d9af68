#include "tests/integration/crowd.hpp"

#include "tests/integration/loopback.hpp"
#include "tests/integration/zmtp.hpp"

#include "bus/envelope.hpp"
#include "bus/messages.hpp"
#include "schemas/codec.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace postbus::tests {

namespace {

using namespace std::string_view_literals;

constexpr unsigned char long_size = 2, command = 4; // flags of a frame
constexpr std::uint64_t nobody = ~std::uint64_t{0};
// Of the 1.5 s after which the broker takes a worker for frozen.
constexpr auto longest_hush = 700ms;

void append_frame(std::string& out, unsigned char flags, std::string_view bytes) {
    if (bytes.size() < 256) {
        out += static_cast<char>(flags);
        out += static_cast<char>(bytes.size());
    } else {
        out += static_cast<char>(flags | long_size);
        for (int shift = 56; shift >= 0; shift -= 8)
            out += static_cast<char>(bytes.size() >> shift);
    }
    out += bytes;
}

} // namespace

/// One connection: a worker, or the caller (whose service is 0).
struct crowd::line {
    ~line() { close(fd); }

    void add(const bus::record& r) { out.append(r); }
    /// Everything here is small, and is read at the other end.
    void flush() {
        if (!out.empty()) {
            append_frame(unsent, 0, out.front().records);
            out.clear();
        }
        const auto sent = ::send(fd, unsent.data(), unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) unsent.erase(0, static_cast<std::size_t>(sent));
    }

    int fd = -1;
    std::size_t service = 0;
    bool first = false; // of its service
    bool greeted = false;
    std::string key;
    std::string in;
    std::string unsent;
    bus::outbox out;
};

crowd::crowd(std::uint16_t bus_port, std::size_t services, std::size_t workers_each)
    : epoll_{epoll_create1(EPOLL_CLOEXEC)}, changed_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    const auto count = services * workers_each;
    lines_.reserve(count + 1);
    for (std::size_t i = 0; i <= count; ++i) {
        auto& one = *lines_.emplace_back(std::make_unique<line>());
        one.fd = connected_to(bus_port);
        if (one.fd < 0)
            throw std::system_error{errno, std::generic_category(),
                                    "connection " + std::to_string(i) + " to port " +
                                        std::to_string(bus_port)};
        one.unsent = zmtp_greeting("NULL");
        one.service = i == count ? 0 : i / workers_each + 1;
        one.first = i % workers_each == 0;
        one.key = "crowd" + std::to_string(one.service) + "/1";
        one.flush();
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = i;
        epoll_ctl(epoll_.fd, EPOLL_CTL_ADD, one.fd, &event);
        ++connected_;
        // The broker does not wait long for handshakes: the first ones cannot wait for the last.
        if (i == 0) thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
    }
}

// The thread ends first; it looks every 20 ms whether it is to.
crowd::~crowd() = default;

crowd::descriptor::~descriptor() {
    close(fd);
}

void crowd::run(const std::stop_token& stop) {
    std::array<epoll_event, 256> events{};
    epoll_event news{};
    news.events = EPOLLIN;
    news.data.u64 = nobody;
    epoll_ctl(epoll_.fd, EPOLL_CTL_ADD, changed_.fd, &news);
    auto next_beat = clock::now();
    while (!stop.stop_requested()) {
        const int count = epoll_wait(epoll_.fd, events.data(), events.size(), 20);
        for (int i = 0; i < count; ++i) {
            const auto index = events[static_cast<std::size_t>(i)].data.u64;
            if (index == nobody) begin_calls();
            else read(*lines_[index]);
        }
        if (!later_.empty() && (!hushed_ || clock::now() - later_since_ > longest_hush))
            answer_late_pings();
        if (clock::now() < next_beat) continue;
        next_beat = clock::now() + 50ms;
        if (!hushed_) beat();
    }
}

void crowd::read(line& from) {
    std::array<char, 65536> room;
    const auto got = recv(from.fd, room.data(), room.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return cut_off(from);
    from.in.append(room.data(), static_cast<std::size_t>(got));
    std::string_view left = from.in;
    if (!from.greeted && left.size() >= 64) {
        left.remove_prefix(64);
        from.greeted = true;
        from.unsent += zmtp_ready("DEALER");
        if (from.service != 0) say_ready(from);
    }
    while (from.greeted) {
        const auto used = take_frame(from, left);
        if (used == 0) break;
        left.remove_prefix(used);
    }
    from.in.erase(0, from.in.size() - left.size());
    from.flush();
}

/// How much of it was used; 0: it is not there as a whole.
std::size_t crowd::take_frame(line& from, std::string_view bytes) {
    if (bytes.size() < 2) return 0;
    const auto flags = static_cast<unsigned char>(bytes[0]);
    const bool large = (flags & long_size) != 0;
    const std::size_t head = large ? 9 : 2;
    if (bytes.size() < head) return 0;
    std::size_t size = 0;
    for (std::size_t i = 1; i < head; ++i) size = size << 8U | static_cast<unsigned char>(bytes[i]);
    if (bytes.size() < head + size) return 0;
    const auto frame = bytes.substr(head, size);
    if ((flags & command) == 0) take_records(from, frame);
    else if (frame.starts_with("\4PING"sv))
        append_frame(from.unsent, command, "\4PONG" + std::string{frame.substr(7)});
    return head + size;
}

void crowd::take_records(line& from, std::string_view frame) {
    bus::record_reader reader{frame};
    for (bus::record r; reader.next(r);) take(from, r);
}

void crowd::take(line& from, const bus::record& r) {
    static const auto meta = schemas::encode(bus::reply_meta{204, {}});
    switch (r.head.kind) {
    case bus::kind::request:
        return from.add({.head = {.kind = bus::kind::reply, .slot = r.head.slot, .id = r.head.id},
                         .meta = meta});
    case bus::kind::heartbeat:
        if (!r.meta.empty()) {
            ++welcomed_;
            return;
        }
        ++pings_;
        if (hushed_) {
            if (later_.empty()) later_since_ = clock::now();
            return later_.push_back(&from);
        }
        return from.add({.head = {.kind = bus::kind::heartbeat, .service = from.key}});
    case bus::kind::reply: return end_call(r);
    case bus::kind::disconnect: {
        const auto notice = schemas::decode<bus::broker_notice>(r.meta);
        if (!notice || !notice->reason.empty()) {
            ++turned_away_;
            return;
        }
        ++forgotten_;
        --welcomed_;
        return say_ready(from);
    }
    default: return;
    }
}

void crowd::cut_off(line& from) {
    epoll_ctl(epoll_.fd, EPOLL_CTL_DEL, from.fd, nullptr);
    from.greeted = false;
    ++turned_away_;
}

void crowd::say_ready(line& one) {
    const auto number = std::to_string(one.service);
    bus::operation get;
    get.name = "crowd" + number + ".get";
    get.method = "GET";
    get.path = "/crowd/" + number;
    get.safe = true;
    get.success = 204;
    bus::ready said;
    said.description = {"crowd" + number, 1, "none", {get}};
    said.instance = "crowd-" + std::to_string(one.fd);
    said.pid = getpid();
    said.credits = 256;
    said.slow_credits = 1;
    const auto meta = schemas::encode(said);
    one.add({.head = {.kind = bus::kind::ready}, .meta = meta});
}

/// Twenty make a second: each time another part of the lines has its turn.
void crowd::beat() {
    ++beats_;
    for (std::size_t i = 0, all = connected_; i < all; ++i) {
        auto& one = *lines_[i];
        if (!one.greeted || !one.first || one.service % 20 != beats_ % 20) continue;
        const auto meta = schemas::encode(bus::log_head{"crowd" + std::to_string(one.service),
                                                        "none", static_cast<std::int64_t>(beats_)});
        one.add({.head = {.kind = bus::kind::wake}, .meta = meta});
        one.flush();
    }
}

std::size_t crowd::call(std::size_t count, std::size_t at_once, std::size_t services) {
    const auto mine = std::make_shared<order>();
    mine->count = count;
    mine->at_once = at_once;
    mine->services = services;
    auto ended = mine->done.get_future();
    {
        const std::lock_guard lock{guard_};
        wanted_ = mine;
    }
    eventfd_write(changed_.fd, 1);
    if (ended.wait_for(scaled(60'000ms)) == std::future_status::ready) return ended.get();
    throw std::runtime_error{"calls of the crowd did not come back"};
}

void crowd::hush(bool on) {
    hushed_ = on;
    eventfd_write(changed_.fd, 1);
}

void crowd::answer_late_pings() {
    for (auto* one : std::exchange(later_, {})) {
        one->add({.head = {.kind = bus::kind::heartbeat, .service = one->key}});
        one->flush();
    }
}

// It may have been woken for another reason, or twice for one order: what is open stays.
void crowd::begin_calls() {
    eventfd_t ignored = 0;
    eventfd_read(changed_.fd, &ignored);
    {
        const std::lock_guard lock{guard_};
        if (!wanted_) return;
        open_ = std::exchange(wanted_, nullptr);
    }
    open_->first_id = next_id_ + 1;
    for (std::size_t i = 0; i < open_->at_once; ++i) start_call();
    lines_.back()->flush();
}

void crowd::start_call() {
    static const auto metas = [] {
        std::vector<std::string> all;
        for (int i = 1; i <= 4096; ++i)
            all.push_back(
                schemas::encode(bus::call_meta{.operation = "crowd" + std::to_string(i) + ".get"}));
        return all;
    }();
    const auto service = open_->started++ % open_->services;
    lines_.back()->add({.head = {.kind = bus::kind::request,
                                 .time_left_ms = 30'000,
                                 .slot = ++next_id_,
                                 .id = {1, next_id_},
                                 .service = "crowd" + std::to_string(service + 1) + "/1"},
                        .meta = metas[service]});
}

void crowd::end_call(const bus::record& r) {
    if (!open_ || r.head.slot < open_->first_id) return; // of an order that was given up
    open_->failed += r.head.error != bus::errc::ok;
    ++open_->ended;
    if (open_->started < open_->count) return start_call();
    if (open_->ended < open_->started) return;
    const auto all = std::exchange(open_, nullptr);
    all->done.set_value(all->failed);
}

} // namespace postbus::tests
