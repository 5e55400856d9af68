#include "bus/event_port.hpp"

#include "schemas/codec.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>

namespace postbus::bus {

namespace {

using std::chrono::milliseconds;
constexpr std::size_t frames_a_turn = 256;
constexpr int unread_events = 200;
constexpr milliseconds registry_every{2000};
constexpr milliseconds registry_asked_every{10};

/// The time that this thread has run since.
class thread_time {
public:
    std::chrono::nanoseconds used() const { return now() - begun_; }

private:
    static std::chrono::nanoseconds now() {
        timespec t{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
    }
    std::chrono::nanoseconds begun_ = now();
};

/// A tenth of the time may go into telling who serves what; a short list costs too little to wait.
std::chrono::nanoseconds pause_after(std::chrono::nanoseconds cost) {
    if (cost < std::chrono::microseconds{500}) return {};
    return std::min<std::chrono::nanoseconds>(10 * cost, milliseconds{500});
}

} // namespace

event_port::event_port(bool keys) : socket_{*context_, zmq::socket_type::xpub} {
    set_limits(socket_);
    expect_many(socket_);
    socket_.set(zmq::sockopt::xpub_verboser, 1);
    // A reader that does not read makes the broker keep so many messages for it, and the rest
    // is dropped: all of it comes again.
    socket_.set(zmq::sockopt::sndhwm, unread_events);
    // One subscription at a time, so that a flood of them leaves time for the others. With
    // CURVE ZeroMQ puts the key before them and counts that as a message that is never read.
    socket_.set(zmq::sockopt::rcvhwm, keys ? 2 : 1);
    socket_.set(zmq::sockopt::maxmsgsize, topic_limit::max_message);
}

void event_port::drain(doorkeeper* door,
                       const std::function<void(const frames&, const std::string&)>& accuse) {
    for (std::size_t i = 0; i < frames_a_turn && receive(socket_, false, received_); ++i) {
        const auto what = received_.bytes();
        if (door) door->heard(*received_.records);
        halves_.look_for_new();
        (void)halves_.heard(source_of(*received_.records));
        if (topics_.exceeded_by(*received_.records))
            accuse(received_, "was cut off: a subscriber has at most " +
                                  std::to_string(topic_limit::max_bytes) +
                                  " bytes of topics, and says nothing else");
        registry_asked_ |= what.starts_with('\1') && registry_topic == what.substr(1);
    }
}

void event_port::wake(const log_head& head, std::string_view meta) {
    auto& last = *wakes_.try_emplace(wake_topic(head.service)).first;
    if (last.second.empty()) woken_.push_back(&last);
    last.second.assign(meta);
}

void event_port::publish_wakes() {
    for (auto* one : woken_) {
        outbox box;
        box.append({.head = {.kind = kind::wake}, .meta = one->second});
        (void)bus::send(socket_, one->first, box);
        one->second.clear();
    }
    woken_.clear();
    if (wakes_.size() > registry::max_services) wakes_.clear(); // services come and go
}

void event_port::publish_registry(const router& brain, time_point now) {
    // It goes to all: those who ask in quick succession share one.
    const auto age = now - published_at_;
    const bool due = age >= (registry_asked_ ? registry_asked_every : registry_every);
    if (brain.registry_revision() == published_revision_ && !due) return;
    // Where much is registered, changes that come one after the other share one, too.
    if (age < pause_) return;
    const thread_time begun;
    published_revision_ = brain.registry_revision();
    registry_asked_ = false;
    published_at_ = now;
    const auto meta = schemas::encode(brain.snapshot(now));
    outbox box;
    box.append({.head = {.kind = kind::registry}, .meta = meta});
    (void)bus::send(socket_, registry_topic, box);
    pause_ = pause_after(begun.used());
}

} // namespace postbus::bus
