#include "services/kit/query.hpp"

#include "services/kit/connection.hpp"
#include "tests/unit/services/kit/test_database.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>

namespace postbus::tests {

namespace {

struct row {
    std::int64_t id = 0;
    std::optional<std::string> text;
    std::optional<std::int64_t> number;
};
BOOST_DESCRIBE_STRUCT(row, (), (id, text, number))

struct room {
    room() { db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT, number INTEGER)"); }
    test_database home;
    kit::connection db{home.url(), kit::connection::mode::create};
};

} // namespace

TEST_CASE("rows come back as the structs that they went in as, NULL and all") {
    room here;
    kit::query<void(std::int64_t, std::optional<std::string>, std::optional<std::int64_t>)> insert{
        here.db.sql(), "INSERT INTO t VALUES (:1, :2, :3)"};
    CHECK_EQ(insert.run(1, "é", std::numeric_limits<std::int64_t>::min()), 1);
    CHECK_EQ(insert.run(2, std::nullopt, std::nullopt), 1);
    CHECK_EQ(insert.run(3, "", std::numeric_limits<std::int64_t>::max()), 1);

    kit::query<row()> all{here.db.sql(), "SELECT id, text, number FROM t ORDER BY id"};
    const auto rows = all.all();
    REQUIRE_EQ(rows.size(), 3);
    CHECK_EQ(rows[0].text, "é");
    CHECK_EQ(rows[0].number, std::numeric_limits<std::int64_t>::min());
    CHECK_FALSE(rows[1].text);
    CHECK_FALSE(rows[1].number);
    CHECK_EQ(rows[2].text, "");
    CHECK_EQ(rows[2].number, std::numeric_limits<std::int64_t>::max());

    kit::query<std::string(std::int64_t)> one{here.db.sql(), "SELECT text FROM t WHERE id = :1"};
    CHECK_EQ(one.one(1), "é");
    CHECK_FALSE(one.one(9));
    CHECK_THROWS_AS(one.one(2), std::runtime_error); // NULL into what cannot be NULL
}

TEST_CASE("no cursor stays open behind a query") {
    room here;
    here.db.execute("INSERT INTO t (id) VALUES (1), (2), (3)");
    kit::query<std::int64_t()> ids{here.db.sql(), "SELECT id FROM t"};
    kit::connection writer{here.home.url(), kit::connection::mode::read_write};
    CHECK_EQ(ids.one(), 1);
    writer.execute("DELETE FROM t");
    CHECK_FALSE(ids.one()); // an open cursor would still show the old state
}

TEST_CASE("a statement that does not fit its query type is refused when it is prepared") {
    room here;
    CHECK_THROWS_AS((kit::query<std::int64_t()>{here.db.sql(), "SELECT id, text FROM t"}),
                    std::logic_error);
    CHECK_THROWS_AS((kit::query<std::int64_t()>{here.db.sql(), "SELECT id FROM t WHERE id = :1"}),
                    std::logic_error);
}

TEST_CASE("a store can neither begin nor commit") {
    room here;
    for (const auto* text : {"COMMIT", " begin immediate", "ROLLBACK TO call", "savepoint a",
                             "release call", "PRAGMA synchronous=OFF", "end;", "VACUUM"})
        CHECK_THROWS_AS((kit::query<void()>{here.db.sql(), text}), std::logic_error);
}

} // namespace postbus::tests
