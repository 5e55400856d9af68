#include "services/kit/inbox.hpp"

#include "services/kit/kit_store.hpp"
#include "tests/unit/services/kit/batch_room.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

namespace {

using state = kit::inbox::state;

/// The probe's database, as a consumer of another probe's events.
struct inbox_room : batch_room {
    explicit inbox_room(kit::run_limits l = {}) : batch_room{l}, in{db, *store, *log, limits} {}

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

TEST_CASE("a source that is another database now, or went back, is not read any further") {
    inbox_room room;
    room.apply(room.page({"a", "b"}));
    CHECK_EQ(room.apply(room.page({"c"}, 2, "other")).how, state::done);
    auto swapped = room.page({"x"}, 3, "stranger");
    swapped.from = {"other", 3};
    CHECK_EQ(room.apply(swapped).how, state::changed);
    kit::arrival back{&room.listens, {"other", 3}, {}};
    back.page.database = "other";
    back.page.head = 2;
    CHECK_EQ(room.apply(back).how, state::changed);
    CHECK_EQ(room.texts(), "heard a, heard b, heard c");
}

} // namespace postbus::tests
