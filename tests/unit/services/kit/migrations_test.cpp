#include "services/kit/migrations.hpp"

#include "services/kit/query.hpp"
#include "tests/unit/services/kit/probe.hpp"
#include "tests/unit/services/kit/test_database.hpp"

#include <doctest/doctest.h>

#include <array>

namespace postbus::tests {

namespace {

constexpr kit::migration colours{.number = 2,
                                 .name = "colours",
                                 .sql = "ALTER TABLE notes ADD COLUMN colour TEXT",
                                 .oldest_code = 1};
constexpr kit::migration no_text{
    .number = 3, .name = "no text", .sql = "ALTER TABLE notes DROP COLUMN text"};
constexpr kit::migration broken{
    .number = 2, .name = "broken", .sql = "CREATE TABLE half (id INTEGER); CREATE TABLE half (id)"};
constexpr std::array one{notes_table};
constexpr std::array two{notes_table, colours};
constexpr std::array three{notes_table, colours, no_text};

struct room {
    test_database home;
    kit::connection db{home.url(), kit::connection::mode::create};
};

} // namespace

TEST_CASE("a new database gets its identity with its first migration, and keeps it") {
    room here;
    CHECK_FALSE(kit::read_facts(here.db));
    const auto born = kit::migrate(here.db, "probe", one);
    CHECK_EQ(born.id.size(), 32);
    CHECK_EQ(born.service, "probe");
    CHECK_EQ(born.schema, 1);
    const auto grown = kit::migrate(here.db, "probe", two);
    CHECK_EQ(grown.id, born.id);
    CHECK_EQ(grown.schema, 2);
    CHECK_EQ(grown.oldest_code, 1);
    room other;
    CHECK_NE(kit::migrate(other.db, "probe", one).id, born.id);
}

TEST_CASE("code that a database still allows runs on it, older code is refused") {
    room here;
    kit::migrate(here.db, "probe", two);
    CHECK_EQ(kit::migrate(here.db, "probe", one).schema, 2);
    kit::migrate(here.db, "probe", three);
    CHECK_THROWS_WITH_AS(kit::migrate(here.db, "probe", two),
                         doctest::Contains("newer version of this program"),
                         kit::unusable_database);
}

TEST_CASE("a migration that fails leaves nothing of itself") {
    room here;
    const std::array bad{notes_table, broken};
    CHECK_THROWS_AS(kit::migrate(here.db, "probe", bad), kit::database_error);
    CHECK_FALSE(here.db.in_transaction());
    CHECK_EQ(kit::read_facts(here.db).value().schema, 1);
    CHECK_THROWS((kit::query<std::int64_t()>{here.db.sql(), "SELECT count(*) FROM half"}));
    CHECK_EQ(kit::migrate(here.db, "probe", two).schema, 2);
}

TEST_CASE("a first migration that fails leaves no identity either") {
    room here;
    const std::array bad{kit::migration{.number = 1, .name = "bad", .sql = "CREATE nonsense"}};
    CHECK_THROWS_AS(kit::migrate(here.db, "probe", bad), kit::database_error);
    CHECK_FALSE(kit::read_facts(here.db));
}

TEST_CASE("another service's database is refused") {
    room here;
    kit::migrate(here.db, "probe", one);
    CHECK_THROWS_WITH_AS(kit::migrate(here.db, "users", one),
                         doctest::Contains("of the service 'probe', not 'users'"),
                         kit::unusable_database);
}

TEST_CASE("a database of kit version 2 gets the tables that came later") {
    room here;
    kit::migrate(here.db, "probe", one);
    here.db.execute("DROP TABLE postbus_keys; DROP TABLE postbus_source_changes; "
                    "UPDATE postbus_database SET kit = 2");
    kit::migrate(here.db, "probe", one);
    for (const std::string table : {"postbus_keys", "postbus_source_changes"}) {
        kit::query<std::int64_t()> rows{here.db.sql(), "SELECT count(*) FROM " + table};
        CHECK_EQ(rows.one().value(), 0);
    }
    kit::query<std::int64_t()> version{here.db.sql(), "SELECT kit FROM postbus_database"};
    CHECK_EQ(version.one().value(), 4);
}

TEST_CASE("migrations are numbered without gaps") {
    const std::array gap{notes_table, no_text};
    CHECK_THROWS_AS(kit::check_numbers(gap), std::logic_error);
    CHECK_NOTHROW(kit::check_numbers(three));
}

} // namespace postbus::tests
