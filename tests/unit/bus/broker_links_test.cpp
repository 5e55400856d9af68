#include "bus/broker_links.hpp"
#include "tests/unit/bus/far_end.hpp"

#include <doctest/doctest.h>

#include <array>

namespace postbus::bus::tests {

namespace {

using namespace std::chrono_literals;

struct deaf final : broker_observer {
    void on_message(broker_link&, const frames&) override {}
    void on_up(broker_link&) override {}
    void on_lost(broker_link&) override {}
    void on_trusted(broker_link&) override {}
};

struct three_brokers {
    explicit three_brokers(bool same = false)
        : links{io, {ends[0].where, ends[1].where, ends[2].where}, same, nobody} {
        run_until([&] { return links.usable() == 3; });
    }

    template <class Done>
    void run_until(Done done) {
        for (int i = 0; i < 200 && !done(); ++i) {
            io.run_for(25ms);
            io.restart();
            links.sweep(broker_links::clock::now(), false);
        }
        REQUIRE(done());
    }

    std::array<far_end, 3> ends;
    boost::asio::io_context io{1};
    deaf nobody;
    broker_links links;
};

} // namespace

TEST_CASE("calls are given to brokers in turn") {
    three_brokers room;
    const auto first = room.links.next()->index();
    for (std::uint32_t i = 1; i < 6; ++i) CHECK_EQ(room.links.next()->index(), (first + i) % 3);
    CHECK_NE(room.links.next(1)->index(), 1);
    CHECK_NE(room.links.next(1)->index(), 1);
}

TEST_CASE("who was refused goes around, wherever others go meanwhile") {
    three_brokers room;
    for (int others = 0; others < 5; ++others) {
        CHECK_EQ(room.links.after(room.links[0])->index(), 1);
        room.links.next();
        CHECK_EQ(room.links.after(room.links[1])->index(), 2);
        CHECK_EQ(room.links.after(room.links[2])->index(), 0);
    }
    room.ends[1].socket.close();
    room.run_until([&] { return room.links.usable() == 2; });
    CHECK_EQ(room.links.after(room.links[0])->index(), 2);
    room.ends[2].socket.close();
    room.run_until([&] { return room.links.usable() == 1; });
    CHECK_EQ(room.links.after(room.links[0])->index(), 0); // there is no other
    room.ends[0].socket.close();
    room.run_until([&] { return room.links.usable() == 0; });
    CHECK(room.links.next() == nullptr);
}

TEST_CASE("calls that must keep their order stay with one broker until it is lost") {
    three_brokers room{true};
    const auto first = room.links.next()->index();
    for (int i = 0; i < 5; ++i) CHECK_EQ(room.links.next()->index(), first);
    room.ends[first].socket.close();
    room.run_until([&] { return room.links.usable() == 2; });
    const auto second = room.links.next()->index();
    CHECK_NE(second, first);
    for (int i = 0; i < 5; ++i) CHECK_EQ(room.links.next()->index(), second);
}

} // namespace postbus::bus::tests
