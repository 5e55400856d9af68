#include "services/kit/inbox.hpp"

#include "services/kit/built_in.hpp"
#include "services/kit/kit_store.hpp"
#include "tests/unit/services/kit/batch_room.hpp"
#include "tests/unit/services/kit/service_room.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace postbus::tests {

namespace {

using state = kit::inbox::state;

/// The probe's database, as a consumer of another probe's events.
struct inbox_room : batch_room {
    explicit inbox_room(kit::run_limits l = {}) : inbox_room{either_engine(), l} {}
    explicit inbox_room(engine which, kit::run_limits l = {})
        : batch_room{which, l}, in{db, *store, *log, limits} {}

    /// A page of note_added, one for each text, keyed by it or by what is before a colon.
    kit::arrival page(const std::vector<std::string>& texts, std::int64_t after = 0,
                      const std::string& database = "other") {
        kit::arrival out{&listens, {after == 0 ? "" : database, after}, {}};
        out.page.database = database;
        for (const auto& text : texts)
            out.page.events.push_back({++after, "probe.note_added", text.substr(0, text.find(':')),
                                       "probe.note_added/1", R"({"text":")" + text + R"("})", "",
                                       test_time});
        out.page.head = after;
        return out;
    }
    kit::arrival next(const std::string& text) { return page({text}, in.where("probe").seq); }
    kit::inbox::report apply(const kit::arrival& what) { return in.apply(what, test_time); }
    /// What was written so far, in order.
    std::string texts() {
        std::string out;
        for (const auto& one :
             kit::query<note()>{db.sql(), "SELECT id, text FROM notes ORDER BY id"}.all())
            out += (out.empty() ? "" : ", ") + one.text;
        return out;
    }

    kit::consumer listens = kit::from("probe", {kit::on(&hear)});
    kit::inbox in;
};

} // namespace

TEST_CASE("events are handled once and in order, and the cursor moves with their effects") {
    inbox_room room;
    const auto both = room.page({"a", "b"});
    const auto done = room.apply(both);
    CHECK_EQ(done.how, state::done);
    CHECK_EQ(done.reached.seq, 2);
    CHECK_EQ(done.reached.database, "other");
    CHECK_EQ(room.texts(), "heard a, heard b");
    // What they published is in the log, in the same commit.
    CHECK_EQ(done.head, 2);
    CHECK_EQ(room.count("postbus_events"), 2);

    // The same page again, as another worker would have it.
    CHECK_EQ(room.apply(both).how, state::overrun);
    CHECK_EQ(room.texts(), "heard a, heard b");
    CHECK_EQ(room.in.where("probe").seq, 2);
    CHECK_EQ(room.apply(room.page({"c"}, 2)).reached.seq, 3);
    CHECK_EQ(room.texts(), "heard a, heard b, heard c");
}

TEST_CASE("an event that is refused is parked, and those of its key wait behind it, in order") {
    inbox_room room;
    const auto done = room.apply(room.page({"a", "bad", "b"}));
    CHECK_EQ(done.how, state::done);
    CHECK_EQ(done.reached.seq, 3);
    CHECK_EQ(room.texts(), "heard a, heard b");
    CHECK_EQ(done.head, 2); // the refused one published nothing
    auto more = room.page({"bad", "c"}, 3);
    more.page.events[0].data = R"({"text":"after bad"})"; // the same key
    room.apply(more);
    CHECK_EQ(room.texts(), "heard a, heard b, heard c");
    auto parked = room.store->built_in().parked(10);
    REQUIRE_EQ(parked.size(), 2);
    CHECK_EQ(parked[0].reason, "too few notes");
    CHECK_EQ(parked[1].reason, "");

    CHECK_FALSE(room.in.retry({&room.listens, 1}, test_time + 500)); // not yet
    REQUIRE(room.in.retry({&room.listens, 1}, test_time + 1000));    // "bad" again: still too few
    CHECK_EQ(room.store->built_in().parked(10)[0].attempts, 1);
    CHECK_FALSE(room.in.retry({&room.listens, 1}, test_time + 2000)); // pauses grow
    room.apply(room.page({"d"}, 5));
    CHECK_EQ(room.store->built_in().replay("probe"), 2);
    while (room.in.retry({&room.listens, 1}, test_time + 2000)) {
    }
    CHECK_EQ(room.texts(), "heard a, heard b, heard c, heard d, heard bad, heard after bad");
    CHECK(room.store->built_in().parked(10).empty());
}

// On SQLite nobody looks without the lock.
TEST_CASE("a parked event that another worker is about to finish is not run again") {
    inbox_room room{engine::postgresql};
    for (const auto* text : {"bad", "1", "2", "3", "4", "5"}) room.apply(room.next(text));
    REQUIRE_EQ(room.store->built_in().replay("probe"), 1);
    const auto before = room.texts();

    kit::connection other{room.home.url(), kit::connection::mode::create};
    const auto store = room.service.store.make(other.sql());
    kit::event_log log{other.sql()};
    kit::inbox in{other, *store, log, room.limits};
    room.db.begin_write();
    room.db.execute("DELETE FROM postbus_parked");
    std::optional<kit::inbox::report> tried;
    std::thread second{[&] { tried = in.retry({&room.listens, 1}, test_time); }};
    std::this_thread::sleep_for(std::chrono::milliseconds{150}); // until it waits for the lock
    room.db.commit();
    second.join();
    CHECK_FALSE(tried);
    CHECK_EQ(room.texts(), before);
}

TEST_CASE(
    "an event that takes its transaction with it is parked, and its neighbours are not lost") {
    inbox_room room{{.statement_time = std::chrono::milliseconds{30}}};
    auto at = kit::cursor{};
    for (int turn = 0; turn < 10 && at.seq < 3; ++turn) {
        auto rest = room.page({"a", "spin", "b"});
        std::erase_if(rest.page.events, [&](const auto& e) { return e.seq <= at.seq; });
        rest.from = at;
        const auto done = room.apply(rest);
        if (done.how == state::done) at = done.reached;
    }
    CHECK_EQ(at.seq, 3);
    CHECK_EQ(room.texts(), "heard a, heard b");
    REQUIRE_EQ(room.store->built_in().parked(10).size(), 1);
    CHECK_EQ(room.store->built_in().parked(10)[0].seq, 2);
}

TEST_CASE("kinds of events without a handler are passed over; data of a wrong shape is parked") {
    inbox_room room;
    auto page = room.page({"a", "b", "c"});
    page.page.events[0].schema = "probe.other/1";
    page.page.events[1].data = R"({"txt":1})";
    CHECK_EQ(room.apply(page).reached.seq, 3);
    CHECK_EQ(room.texts(), "heard c");
    REQUIRE_EQ(room.store->built_in().parked(10).size(), 1);
    CHECK_NE(room.store->built_in().parked(10)[0].reason.find("txt"), std::string::npos);
}

TEST_CASE("a source that is another database now, or went back, is not read until it is accepted") {
    inbox_room room;
    auto& kit = room.store->built_in();
    room.apply(room.page({"a", "b"}));
    CHECK_EQ(room.apply(room.page({"c"}, 2, "other")).how, state::done);
    CHECK_FALSE(kit.sources().at(0).found);

    auto swapped = room.page({"x"}, 3, "stranger");
    swapped.from = {"other", 3};
    CHECK_EQ(room.apply(swapped).how, state::changed);
    auto found = kit.sources().at(0).found;
    REQUIRE(found);
    CHECK_EQ(found->reason, "replaced");
    CHECK_EQ(found->database, "stranger");
    kit::arrival back{&room.listens, {"other", 3}, {}};
    back.page.database = "other";
    back.page.head = 2;
    CHECK_EQ(room.apply(back).how, state::changed);
    found = kit.sources().at(0).found;
    REQUIRE(found);
    CHECK_EQ(found->reason, "went-back");
    back.page.head = 5; // it grows: what came since is new all the same
    CHECK_EQ(room.apply(room.page({"d"}, 3)).how, state::done);
    CHECK_FALSE(kit.sources().at(0).found); // the good one is back
    CHECK_EQ(room.texts(), "heard a, heard b, heard c, heard d");
    CHECK_EQ(kit.sources().at(0).seq, 4);
}

TEST_CASE("a source that is accepted is read on from there, and what was parked keeps its turn") {
    inbox_room room;
    auto& kit = room.store->built_in();
    room.apply(room.page({"a", "bad"}));
    auto fresh = room.page({"bad", "y", "z"}, 0, "stranger");
    fresh.from = {"other", 2};
    fresh.page.head = 7;
    REQUIRE_EQ(room.apply(fresh).how, state::changed);
    auto later = fresh;
    later.page.head = 9;
    REQUIRE_EQ(room.apply(later).how, state::changed);
    const auto found = *kit.sources().at(0).found;
    CHECK_EQ(found.head, 7); // as it was when it was found
    kit.accept("probe", found, found.first - 1);
    CHECK_EQ(room.in.where("probe"), kit::cursor{"stranger", 0});
    CHECK_EQ(room.apply(fresh).how, state::overrun); // from where nobody reads any more
    CHECK_FALSE(kit.sources().at(0).found);

    fresh.from = {"stranger", 0};
    CHECK_EQ(room.apply(fresh).how, state::done);
    CHECK_EQ(room.texts(), "heard a, heard y, heard z");
    fresh = room.page({"bad"}, 3, "stranger");
    fresh.page.events[0].data = R"({"text":"after bad"})";
    CHECK_EQ(room.apply(fresh).how, state::done);
    const auto parked = kit.parked(10);
    REQUIRE_EQ(parked.size(), 3);
    CHECK_LT(parked[0].seq, 0); // of the log that was left
    CHECK_EQ(parked[1].seq, 1);
    CHECK_EQ(parked[1].reason, "");
    room.apply(room.page({"e"}, 4, "stranger"));
    kit.replay(std::nullopt);
    while (room.in.retry({&room.listens, 1}, test_time)) {
    }
    CHECK_EQ(room.texts(), "heard a, heard y, heard z, heard e, heard bad, heard bad, "
                           "heard after bad");
}

TEST_CASE(
    "parked events of several logs that were left keep their order and never share a number") {
    inbox_room room;
    auto& kit = room.store->built_in();
    kit::parked_events parked{room.db.sql()};
    const auto park = [&](std::int64_t seq, const std::string& text) {
        auto one = room.page({text}).page.events[0];
        one.seq = seq;
        one.key = "k";
        parked.park("probe", one, "no", 0);
    };
    room.apply(room.page({"a"}));
    for (int log = 0; log < 3; ++log) {
        for (const int seq : {1, 2, 50, 51}) park(seq, std::to_string(log));
        kit.accept("probe", {.reason = "replaced", .database = "x", .first = 1}, 0);
    }
    std::string order;
    while (const auto one = parked.due(1)) {
        order += one->event.data.at(9);
        parked.remove(*one);
    }
    CHECK_EQ(order, "000011112222");
}

TEST_CASE("a consumer that finds events missing is told; a new one begins with what is kept") {
    inbox_room room;
    auto& kit = room.store->built_in();
    auto page = room.page({"d", "e"}, 3); // 1 to 3 were dropped
    page.from = {};
    page.page.first = 4;
    CHECK_EQ(room.apply(page).how, state::done);
    CHECK_EQ(room.in.where("probe").seq, 5);

    auto gap = room.page({"i"}, 8);
    gap.from.seq = 5;
    gap.page.first = 9;
    CHECK_EQ(room.apply(gap).how, state::changed);
    gap.page.events.clear(); // all of it was dropped
    gap.page.first = 10;
    CHECK_EQ(room.apply(gap).how, state::changed);
    REQUIRE(kit.sources().at(0).found);
    CHECK_EQ(kit.sources().at(0).found->reason, "events-missing");
    CHECK_EQ(kit.sources().at(0).found->first, 10);
    CHECK_EQ(room.texts(), "heard d, heard e");
}

TEST_CASE("only a source that changed can be accepted, and the choice must be said") {
    service_room room{[] {
        auto s = probe();
        s.operations.add(kit::built_in_operations("probe"));
        return s;
    }()};
    const auto accept = [&](const std::string& body) {
        return room.run("probe.accept_source", body);
    };
    CHECK_EQ(room.run("probe.sources").body, "[]");
    CHECK_EQ(accept(R"({"source":"users","from":"start"})").status, 422);
    room.execute("INSERT INTO postbus_cursors VALUES ('users', 'x', 5)");
    CHECK_EQ(accept(R"({"source":"users","from":"start"})").status, 409);
    const auto unknown = accept(R"({"source":"usres","from":"start"})");
    CHECK_EQ(unknown.status, 422);
    CHECK_NE(unknown.body.find("it has read users"), std::string::npos);
    room.execute("INSERT INTO postbus_source_changes VALUES ('users', 'replaced', 'y', 3, 9, 1)");
    CHECK_NE(room.run("probe.sources").body.find(R"("state":"source-changed")"), std::string::npos);
    CHECK_EQ(accept(R"({"source":"users","from":"middle"})").status, 422);
    CHECK_EQ(accept(R"({"source":"users","from":"head"})").body,
             R"({"source":"users","database":"y","seq":9,"state":"reading"})");
    CHECK_EQ(accept(R"({"source":"users","from":"start"})").status, 409);
}

} // namespace postbus::tests
