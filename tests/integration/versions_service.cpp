// A service in three states of its life, to run side by side: the first argument says which.
//   old    entries/1
//   new    entries/1, with one operation and one optional field more
//   next   entries/2, with the operations of both

#include "services/kit/query.hpp"
#include "services/kit/run.hpp"

#include <iostream>
#include <string_view>
#include <vector>

namespace versions {

namespace kit = postbus::kit;

struct entry {
    std::int64_t id = 0;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(entry, (), (id, text))

struct nothing {};
BOOST_DESCRIBE_STRUCT(nothing, (), ())

struct page {
    std::optional<std::int64_t> after;
};
BOOST_DESCRIBE_STRUCT(page, (), (after))

struct add_entry {
    std::string text;
};
BOOST_DESCRIBE_STRUCT(add_entry, (), (text))

struct add_entry_with_note {
    std::string text;
    std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(add_entry_with_note, (), (text, note))

struct number {
    std::int64_t value = 0;
};
BOOST_DESCRIBE_STRUCT(number, (), (value))

class store {
public:
    explicit store(postbus::kit::sql& db)
        : list_{db, "SELECT id, text FROM entries WHERE id > :1 ORDER BY id LIMIT 1000"},
          count_{db, "SELECT count(*) FROM entries"},
          add_{db, "entries", "INSERT INTO entries (text) VALUES (:1)"} {}

    std::vector<entry> list(std::int64_t after) { return list_.all(after); }
    std::int64_t count() { return count_.one().value_or(0); }
    entry add(const std::string& text) { return {add_.run(text), text}; }

private:
    kit::query<entry(std::int64_t)> list_;
    kit::query<std::int64_t()> count_;
    kit::insertion<std::string> add_;
};

std::uint32_t version = 1;

kit::result<std::vector<entry>> list(store& entries, const page& wanted) {
    return entries.list(wanted.after.value_or(0));
}
kit::result<number> tell_version(store&, const nothing&) {
    return number{version};
}
kit::result<number> count(store& entries, const nothing&) {
    return number{entries.count()};
}
kit::result<entry> add(store& entries, const add_entry& wanted) {
    return entries.add(wanted.text);
}
kit::result<entry> add_with_note(store& entries, const add_entry_with_note& wanted) {
    return entries.add(wanted.text);
}

constexpr kit::migration create{
    .number = 1,
    .name = "entries",
    .sql = "CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL);"};

kit::service service(std::string_view state) {
    using kit::read, kit::write;
    const bool old = state == "old";
    version = state == "next" ? 2 : 1;
    kit::handler_table table{
        read("entries.list", "GET /entries", list).summary("List entries"),
        read("entries.version", "GET /version", tell_version).summary("Who answers"),
        old ? write("entries.add", "POST /entries", add).status(201).summary("Add an entry")
            : write("entries.add", "POST /entries", add_with_note)
                  .status(201)
                  .summary("Add an entry, perhaps with a note"),
    };
    if (!old) table.add({read("entries.count", "GET /count", count).summary("How many there are")});
    return {.name = "entries",
            .version = version,
            .migrations = {create},
            .store = kit::make_store<store>(),
            .operations = std::move(table),
            .consumers = {}};
}

} // namespace versions

int main(int argc, char** argv) {
    const std::string_view state = argc > 1 ? argv[1] : "";
    if (state != "old" && state != "new" && state != "next") {
        std::cerr << "versions-service: the first argument must be old, new or next\n";
        return 2;
    }
    return postbus::kit::run(argc - 1, argv + 1, versions::service(state));
}
