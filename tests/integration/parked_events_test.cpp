// Events that a consumer cannot process: the probe hears of doors, and says no to one that is
// stuck.

#include "tests/integration/shop.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

namespace postbus::tests {

namespace {

struct door_room {
    explicit door_room(engine which = either_engine()) : s{which} {
        s.start_broker();
        s.start_worker("journal");
        probe = &start_probe();
        s.start_gateway();
        REQUIRE(s.wait_served({"/notes"}));
        REQUIRE(eventually(10'000ms, [&] { return s.get("/events/door.opened").status == 405; }));
    }

    process& start_probe() {
        return s.start_program("probe-service", {"--bus", s.bus(), "--data", s.data().string()});
    }
    void stick(const std::string& door) { std::ofstream{s.folder() / ("stuck-" + door)}; }
    void mend(const std::string& door) { std::filesystem::remove(s.folder() / ("stuck-" + door)); }
    void open(const std::string& door, int n) {
        REQUIRE_EQ(
            s.post("/events/door.opened?key=" + door, R"({"n":)" + std::to_string(n) + '}').status,
            201);
    }
    /// What was processed so far, in order.
    std::string heard() {
        std::string out;
        const auto notes = parse_json(s.get("/notes").body);
        for (const auto& one : notes.as_array())
            out += (out.empty() ? "" : ", ") + std::string{one.at("text").as_string()};
        return out;
    }
    bool hears(const std::string& all, milliseconds limit = 10'000ms) {
        const bool done = eventually(limit, [&] { return heard() == all; });
        if (!done) FAIL_CHECK(heard());
        return done;
    }
    boost::json::array parked() {
        const auto said = s.postbus({"events", "parked", "probe", "--json"});
        REQUIRE_MESSAGE(said.code == 0, said.err);
        return parse_json(said.out).at("parked").as_array();
    }
    bool tried(std::size_t which, std::int64_t times) {
        return eventually(20'000ms, [&] {
            const auto all = parked();
            return all.size() > which && all[which].at("attempts").as_int64() >= times;
        });
    }

    shop s;
    process* probe = nullptr;
};

} // namespace

TEST_CASE("an event that cannot be processed is parked with its key, over a restart too, and "
          "replayed in order by command") {
    door_room room;
    room.stick("front");
    const auto begun = clock::now();
    for (const int n : {1, 2}) {
        room.open("front", n);
        room.open("back", n);
    }
    CHECK(room.hears("back 1, back 2"));
    auto parked = room.parked();
    REQUIRE_EQ(parked.size(), 2);
    CHECK_EQ(parked[0].at("source").as_string(), "journal");
    CHECK_EQ(parked[0].at("seq").as_int64(), 1);
    CHECK_EQ(parked[0].at("topic").as_string(), "door.opened");
    CHECK_EQ(parked[0].at("key").as_string(), "front");
    CHECK_EQ(parked[0].at("reason").as_string(), "the front door is stuck");
    CHECK_EQ(parked[1].at("seq").as_int64(), 3);
    CHECK_EQ(parked[1].at("reason").as_string(), "");

    // It is tried again by itself: after a second, then after two more. What waits behind it is
    // not.
    REQUIRE(room.tried(0, 2));
    CHECK_GE(clock::now() - begun, 3s);
    CHECK_EQ(room.parked()[1].at("attempts").as_int64(), 0);

    room.probe->kill();
    room.probe = &room.start_probe();
    room.open("front", 3);
    room.open("back", 3);
    CHECK(room.hears("back 1, back 2, back 3"));
    parked = room.parked();
    REQUIRE_EQ(parked.size(), 3);
    CHECK_GE(parked[0].at("attempts").as_int64(), 2);
    const auto text = room.s.postbus({"events", "parked", "probe"});
    const auto lines = std::ranges::count(text.out, '\n');
    CHECK_MESSAGE(lines == 3, text.out);
    CHECK_MESSAGE(text.out.starts_with("probe: journal 1  door.opened  front  tried "), text.out);
    CHECK(text.out.find(" times  the front door is stuck\n"
                        "probe: journal 3  door.opened  front  tried 0 times  waits behind "
                        "another of its key\n") != std::string::npos);

    room.mend("front");
    const auto replayed = room.s.postbus({"events", "replay", "probe", "--source", "journal"});
    CHECK_EQ(replayed.out, "probe tries 3 parked events again\n");
    CHECK(room.hears("back 1, back 2, back 3, front 1, front 2, front 3"));
    CHECK(room.parked().empty());
    CHECK_EQ(room.s.postbus({"events", "parked"}).out, "no events are parked\n");
    room.open("front", 4);
    CHECK(room.hears("back 1, back 2, back 3, front 1, front 2, front 3, front 4"));
}

TEST_CASE("parked events that have become possible are processed without a command") {
    door_room room{engine::sqlite};
    room.stick("side");
    room.open("side", 1);
    room.open("side", 2);
    REQUIRE(room.tried(0, 1));
    room.mend("side");
    CHECK(room.hears("side 1, side 2", 20'000ms));
    CHECK(room.parked().empty());
}

} // namespace postbus::tests
