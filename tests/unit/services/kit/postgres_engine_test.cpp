// What only a server can do to a connection.

#include "tests/unit/services/kit/batch_room.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace postbus::tests {

namespace {

using namespace std::chrono_literals;

std::string pid_of(kit::connection& db) {
    kit::query<std::int64_t()> pid{db.sql(), "SELECT CAST(pg_backend_pid() AS BIGINT)"};
    return std::to_string(pid.one().value());
}

void cut(const std::string& pid) {
    test_database::server().ask("postgres", "SELECT pg_terminate_backend(" + pid + ", 5000)");
}

} // namespace

TEST_CASE("a connection that was cut is opened again for the next batch, statements and all") {
    batch_room room{engine::postgresql};
    room.run({&room.call("probe.add")});
    cut(pid_of(room.db));
    auto& next = room.call("probe.add");
    room.run({&next});
    CHECK_EQ(next.reply.status, 201);
    CHECK_EQ(room.count(), 2);
}

TEST_CASE("a connection cut in a handler undoes the batch, and its calls are run again") {
    batch_room room{engine::postgresql};
    auto& before = room.call("probe.add");
    auto& slow = room.call("probe.pause", R"({"ms":300})");
    const auto pid = pid_of(room.db);
    std::thread cutter{[&] {
        std::this_thread::sleep_for(100ms); // in the middle of the pause
        cut(pid);
    }};
    room.run({&before, &slow});
    cutter.join();
    CHECK_FALSE(before.answered);
    CHECK_FALSE(slow.answered);
    CHECK_FALSE(before.in_doubt);
    room.run({&before, &slow});
    CHECK_EQ(before.reply.status, 201);
    CHECK_EQ(slow.reply.status, 204);
    CHECK_EQ(room.count(), 2);
}

TEST_CASE("a commit that was lost on its way is run again, once, and answered from its record") {
    batch_room room{engine::postgresql};
    // The session ends itself in its commit, before that is done or after it.
    std::string when;
    SUBCASE("before") {
        when = "before";
    }
    SUBCASE("after") {
        when = "after";
    }
    auto& call = room.call("probe.add");
    if (when == "before") {
        room.db.execute(R"sql(
            CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON notes INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION die())sql");
    } else {
        room.run({&call});
        call.answered = false; // as if that had not been heard of
        call.in_doubt = true;
    }
    room.run({&call});
    if (when == "before") {
        CHECK_FALSE(call.answered);
        CHECK(call.in_doubt);
        kit::connection other{room.home.url(), kit::connection::mode::create};
        other.execute("DROP TRIGGER dies ON notes");
        room.run({&call});
    }
    CHECK(call.answered);
    CHECK_EQ(call.reply.status, 201);
    CHECK_EQ(room.count(), 1);
}

TEST_CASE("while the server is away a write is refused, and one in doubt is kept") {
    batch_room room{engine::postgresql};
    auto& call = room.call("probe.add");
    auto& in_doubt = room.call("probe.add");
    in_doubt.in_doubt = true;
    test_database::server().stop_immediately();
    room.run({&call, &in_doubt});
    CHECK_EQ(call.reply.status, 503);
    CHECK_EQ(call.reply.outcome, bus::outcome::not_executed);
    CHECK_FALSE(in_doubt.answered);
    CHECK_FALSE(room.db.connected());
    test_database::server().start();
    for (int i = 0; i < 100 && !in_doubt.answered; ++i) {
        room.run({&in_doubt});
        std::this_thread::sleep_for(20ms); // it is not asked for more than once in a pause
    }
    CHECK_EQ(in_doubt.reply.status, 201);
    CHECK_EQ(room.count(), 1);
}

TEST_CASE("a statement that runs too long is undone alone") {
    batch_room room{engine::postgresql, {.batch_time = 10s, .statement_time = 100ms}};
    auto& before = room.call("probe.add");
    auto& bad = room.call("probe.spin");
    auto& after = room.call("probe.add");
    room.run({&before, &bad, &after});
    CHECK_EQ(before.reply.status, 201);
    CHECK_EQ(bad.reply.status, 503);
    CHECK_EQ(bad.reply.outcome, bus::outcome::not_executed);
    CHECK_EQ(after.reply.status, 201);
    CHECK_EQ(room.count(), 2);
}

TEST_CASE("a text that the server cannot hold is refused, and not cut") {
    batch_room room{engine::postgresql};
    auto& call = room.call("probe.add", R"({"text":"a\u0000b"})");
    room.run({&call});
    CHECK_EQ(call.reply.status, 422);
    CHECK_NE(call.reply.body.find("NUL"), std::string::npos);
    CHECK_EQ(room.count(), 0);
}

TEST_CASE("NULL is NULL also after a statement that failed") {
    const test_database home{engine::postgresql};
    kit::connection db{home.url(), kit::connection::mode::create};
    db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)");
    kit::query<void(std::int64_t, std::optional<std::string>)> insert{
        db.sql(), "INSERT INTO t VALUES (:1, :2)"};
    insert.run(1, "one");
    CHECK_THROWS(insert.run(1, "again"));
    insert.run(2, std::nullopt);
    kit::query<std::int64_t()> nulls{db.sql(), "SELECT count(*) FROM t WHERE text IS NULL"};
    CHECK_EQ(nulls.one(), 1);
}

// A statement is planned while its table is small, and runs by that plan when it is not.
TEST_CASE("a table with a single row is looked into by its index") {
    batch_room room{engine::postgresql};
    room.db.execute("CREATE TABLE grows (id INTEGER PRIMARY KEY, colour TEXT NOT NULL);"
                    "INSERT INTO grows VALUES (1, 'red');"
                    "ANALYZE grows");
    kit::query<std::string()> plan{room.db.sql(), "EXPLAIN SELECT colour FROM grows WHERE id = 1"};
    const auto first = plan.one().value();
    CHECK_MESSAGE(first.find("Index Scan") != std::string::npos, first);
}

} // namespace postbus::tests
