// A process that is killed at any instant leaves whole transactions behind, each with its record.

#include "tests/unit/services/kit/batch_room.hpp"
#include "tests/unit/services/kit/child.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

namespace {

constexpr std::size_t calls_a_batch = 16;

std::vector<std::unique_ptr<kit::call>> calls_of(const kit::service& service,
                                                 bus::call_id_source& ids) {
    std::vector<std::unique_ptr<kit::call>> out;
    for (std::size_t i = 0; i < calls_a_batch; ++i)
        out.push_back(make_call(service, "probe.add", R"({"text":"a"})", ids.next(test_time)));
    return out;
}

void write_forever(const kit::database_url& url, const auto& say) {
    const auto service = probe();
    kit::connection db{url, kit::connection::mode::read_write};
    const auto store = service.store.make(db.sql());
    kit::event_log log{db.sql()};
    kit::batch work{db, *store, log, batch_room::keep, 1};
    bus::call_id_source ids;
    while (true) {
        const auto calls = calls_of(service, ids);
        std::vector<kit::call*> refs;
        for (const auto& c : calls) refs.push_back(c.get());
        work.run(refs, test_time);
        say();
    }
}

} // namespace

TEST_CASE("a worker killed in the middle of its batches loses nothing that it committed") {
    batch_room room;
    child writer{[&](const auto& say) { write_forever(room.home.url(), say); }};
    std::int64_t said = 0;
    while (said < 20 && writer.heard()) ++said;
    writer.signal(SIGKILL);
    writer.wait_for_end();
    while (writer.heard()) ++said; // what it said before it died

    const auto notes = room.count();
    CHECK_GE(notes, said * static_cast<std::int64_t>(calls_a_batch));
    CHECK_EQ(notes % static_cast<std::int64_t>(calls_a_batch), 0);
    CHECK_EQ(room.count("postbus_call_records"), notes);
    if (room.home.which() == engine::postgresql) return;
    kit::query<std::string()> sound{room.db.sql(), "SELECT quick_check FROM pragma_quick_check"};
    CHECK_EQ(sound.one(), "ok");
}

TEST_CASE("a worker killed inside a handler leaves nothing of its batch") {
    batch_room room;
    child writer{[&](const auto& say) {
        const auto service = probe();
        kit::connection db{room.home.url(), kit::connection::mode::read_write};
        const auto store = service.store.make(db.sql());
        kit::event_log log{db.sql()};
        kit::batch work{db, *store, log, batch_room::keep, 1};
        bus::call_id_source ids;
        const auto first = make_call(service, "probe.add", R"({"text":"a"})", ids.next(test_time));
        const auto second =
            make_call(service, "probe.pause", R"({"ms":30000})", ids.next(test_time));
        std::vector<kit::call*> calls{first.get(), second.get()};
        say();
        work.run(calls, test_time);
    }};
    REQUIRE(writer.heard());
    // It holds the engine's lock from its batch's begin to its end.
    room.db.busy_timeout({});
    bool begun = false;
    for (int i = 0; i < 1000 && !begun; ++i) {
        try {
            room.db.begin_write();
            room.db.rollback();
            usleep(1000); // a pause between two looks
        } catch (const kit::database_error&) {
            begun = true;
        }
    }
    REQUIRE(begun);
    writer.signal(SIGKILL);
    writer.wait_for_end();
    CHECK_EQ(room.count(), 0);
    CHECK_EQ(room.count("postbus_call_records"), 0);
}

} // namespace postbus::tests
