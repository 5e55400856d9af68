#include "services/kit/database.hpp"

#include "services/kit/database_url.hpp"
#include "tests/unit/services/kit/probe.hpp"
#include "tests/unit/services/kit/temp_folder.hpp"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

namespace postbus::tests {

namespace {

std::unique_ptr<kit::database> open(const std::filesystem::path& file,
                                    const std::string& served = {}, int* asked = nullptr) {
    spdlog::set_level(spdlog::level::off);
    return kit::database::open(
        file, probe(), -1,
        [&] {
            if (asked) ++*asked;
            return served;
        },
        [] { return true; });
}

} // namespace

TEST_CASE("a missing database is made once nobody else serves it, and found the next time") {
    temp_folder folder;
    const auto file = folder / "data/probe.db";
    int asked = 0;
    std::string id;
    {
        const auto db = open(file, {}, &asked);
        REQUIRE(db);
        id = db->facts().id;
        CHECK_FALSE(db->lock().held());
    }
    CHECK_EQ(asked, 1);
    const auto db = open(file, {}, &asked);
    CHECK_EQ(db->facts().id, id);
    CHECK_EQ(asked, 1);
}

TEST_CASE("a worker in the wrong folder creates nothing and names both databases") {
    temp_folder folder;
    CHECK_THROWS_WITH_AS(open(folder / "data/probe.db", "0123abcd"), doctest::Contains("0123abcd"),
                         kit::unusable_database);
    CHECK_THROWS_WITH_AS(open(folder / "data/probe.db", "0123abcd"), doctest::Contains("probe.db"),
                         kit::unusable_database);
    CHECK_FALSE(std::filesystem::exists(folder / "data"));
}

TEST_CASE("a worker that is told to stop while it waits for a broker creates nothing") {
    temp_folder folder;
    CHECK_FALSE(kit::database::open(
        folder / "probe.db", probe(), -1, [] { return std::string{}; }, [] { return false; }));
    CHECK_FALSE(std::filesystem::exists(folder / "probe.db"));
}

TEST_CASE("two workers that share a database see one identity") {
    temp_folder folder;
    const auto first = open(folder / "probe.db");
    const auto second = open(folder / "probe.db");
    CHECK_EQ(first->facts().id, second->facts().id);
}

TEST_CASE("a file that is no database, or a folder that is none, is refused in one line") {
    temp_folder folder;
    std::filesystem::create_directory(folder / "probe.db");
    CHECK_THROWS_AS(open(folder / "probe.db"), kit::unusable_database);
    FILE* text = std::fopen((folder / "text.db").c_str(), "w");
    for (int i = 0; i < 200; ++i) std::fputs("this is not a database\n", text);
    std::fclose(text);
    CHECK_THROWS_WITH_AS(open(folder / "text.db"), doctest::Contains("not a database"),
                         kit::unusable_database);
    CHECK_THROWS_WITH_AS(open(folder / "text.db/data/probe.db"),
                         doctest::Contains("is not a folder"), kit::unusable_database);
}

TEST_CASE("the last close leaves one file with everything in it") {
    temp_folder folder;
    {
        const auto db = open(folder / "probe.db");
        db->writer().execute("INSERT INTO notes (text) VALUES ('kept')");
        CHECK(std::filesystem::exists(folder / "probe.db-wal"));
    }
    CHECK_FALSE(std::filesystem::exists(folder / "probe.db-wal"));
    const auto db = open(folder / "probe.db");
    kit::query<std::string()> kept{db->writer().sql(), "SELECT text FROM notes"};
    CHECK_EQ(kept.one(), "kept");
}

TEST_CASE("a database is named by a path, or by a scheme") {
    using engine = kit::database_url::engine;
    const auto is = [](std::string_view text, engine kind, const char* file) {
        const auto url = kit::parse_database_url(text);
        CHECK_EQ(url.kind, kind);
        CHECK_EQ(url.file.string(), file);
    };
    is("a/b.db", engine::sqlite, "a/b.db");
    is("/a/b:c.db", engine::sqlite, "/a/b:c.db");
    is("sqlite:a.db", engine::sqlite, "a.db");
    is("sqlite3:///a.db", engine::sqlite, "/a.db");
    is("postgresql://host/db", engine::postgresql, "");
    is("postgres:dbname=a", engine::postgresql, "");
    is("postgresql://host/db?no-such=1", engine::unknown, "");
    is("mysql://host/db", engine::unknown, "");
}

TEST_CASE(
    "a server's database is shown without its password, and has the service's name by default") {
    const auto shown = [](std::string_view text) {
        return kit::parse_database_url(text, "orders").shown();
    };
    CHECK_EQ(shown("postgresql://shop:secret@host:5433/shop?sslmode=disable"),
             "postgresql://shop@host:5433/shop");
    CHECK_EQ(shown("postgresql://host/shop?user=shop&password=secret"),
             "postgresql://shop@host/shop");
    CHECK_EQ(shown("postgres:host=host password='se cret'"), "postgresql://host/orders");
    CHECK_EQ(shown("postgresql://shop:s%40cret@host"), "postgresql://shop@host/orders");
}

} // namespace postbus::tests
