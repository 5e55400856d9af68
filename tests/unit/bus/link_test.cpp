#include "bus/link.hpp"
#include "tests/unit/bus/far_end.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace postbus::bus::tests {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Waits for the link's next change, and connects it again meanwhile as its owner would.
link::change next_change(link& of, std::chrono::milliseconds limit) {
    for (const auto until = clock::now() + limit; clock::now() < until;) {
        zmq::pollitem_t item{of.monitor().handle(), 0, ZMQ_POLLIN, 0};
        zmq::poll(&item, 1, 25ms);
        if (const auto what = of.next_change(); what != link::change::none) return what;
        if (!of.up()) of.retry(clock::now());
    }
    return link::change::none;
}

} // namespace

TEST_CASE("a link that was sent a frame too large to be taken connects again") {
    far_end broker;
    link line{broker.where};
    REQUIRE(next_change(line, 5000ms) == link::change::up);
    line.append({.head = {.kind = kind::heartbeat}});
    REQUIRE(line.flush());
    frames heard;
    REQUIRE(broker.receive_within(5000ms, heard));
    broker.socket.send(zmq::buffer(heard.address), zmq::send_flags::sndmore);
    const std::string large(static_cast<std::size_t>(max_frame_size) + 1, 'x');
    broker.socket.send(zmq::buffer(large), zmq::send_flags::none);
    CHECK(next_change(line, 5000ms) == link::change::down);
    CHECK(next_change(line, 10'000ms) == link::change::up);
    line.append({.head = {.kind = kind::heartbeat}});
    CHECK(line.flush());
    CHECK(broker.receive_within(5000ms, heard));
}

TEST_CASE("what a peer did not read for a while comes whole, when it reads again") {
    // The kernel gives up a peer that does not read for 3 s, which a slow machine may need for
    // this.
    for (int tries = 0; tries < 5; ++tries) {
        far_end broker;
        link line{broker.where};
        REQUIRE(next_change(line, 5000ms) == link::change::up);
        const std::string body(30'000, 'x');
        std::size_t sent = 0;
        // Until neither ZeroMQ nor TCP takes any more, and then more than a frame may have.
        for (std::size_t since_blocked = 0; since_blocked < 700; ++sent) {
            line.append({.head = {.kind = kind::request, .slot = sent}, .body = body});
            line.flush();
            since_blocked += line.blocked();
            REQUIRE_LT(sent, 200'000);
        }
        std::size_t got = 0;
        frames heard;
        for (bool in_order = true; in_order && got < sent;) {
            if (!broker.receive_within(5000ms, heard)) break;
            auto reader = heard.reader();
            record r;
            while (in_order && reader.next(r)) in_order = r.head.slot == got++;
            line.flush();
        }
        if (line.next_change() != link::change::none) continue;
        CHECK_EQ(got, sent);
        return;
    }
    FAIL("the machine is too slow for this");
}

} // namespace postbus::bus::tests
