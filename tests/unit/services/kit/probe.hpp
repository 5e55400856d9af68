#pragma once

#include "services/kit/query.hpp"
#include "services/kit/service.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

/// A tiny service for tests: notes, and handlers that misbehave.

namespace postbus::tests {

struct note {
    std::int64_t id = 0;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(note, (), (id, text))

struct add_note {
    std::string text;
};
BOOST_DESCRIBE_STRUCT(add_note, (), (text))

struct all_notes {
    std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(all_notes, (), (limit))

struct pause_for {
    std::int64_t ms = 0;
};
BOOST_DESCRIBE_STRUCT(pause_for, (), (ms))

class notes {
public:
    explicit notes(kit::sql& db)
        : list_{db, "SELECT id, text FROM notes ORDER BY id LIMIT :1"},
          add_{db, "notes", "INSERT INTO notes (text) VALUES (:1)"},
          spin_{db, "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM "
                    "n WHERE i < :1) "
                    "INSERT INTO notes (text) SELECT count(*) FROM n RETURNING id"},
          spin_read_{
              db, "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n "
                  "WHERE i < :1) SELECT count(*) FROM n"} {}

    std::vector<note> list(std::int64_t limit) { return list_.all(limit); }
    note add(const std::string& text) { return {add_.run(text), text}; }
    void spin() { spin_.one(1'000'000'000'000); }
    void spin_read() { spin_read_.one(1'000'000'000'000); }

private:
    kit::query<note(std::int64_t)> list_;
    kit::insertion<std::string> add_;
    kit::query<std::int64_t(std::int64_t)> spin_;
    kit::query<std::int64_t(std::int64_t)> spin_read_;
};

inline constexpr kit::migration notes_table{
    .number = 1,
    .name = "notes",
    .sql = "CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL)"};

inline kit::result<std::vector<note>> list(notes& store, const all_notes& wanted,
                                           kit::context& call) {
    const auto limit = wanted.limit.value_or(1'000'000);
    auto found = store.list(limit + 1);
    call.page(found, limit);
    return found;
}
inline kit::result<note> add(notes& store, const add_note& wanted) {
    return store.add(wanted.text);
}
/// Writes, and then says no.
inline kit::result<note> refuse(notes& store, const add_note& wanted) {
    store.add(wanted.text);
    return kit::conflict("out of stock, as there are " + std::to_string(store.list(100).size()));
}
/// Writes, and then cannot go on for a while.
inline kit::result<note> busy(notes& store, const add_note& wanted) {
    store.add(wanted.text);
    return kit::unavailable("come back later");
}
/// A fact about a note, published by `tell` and handled by `hear`.
struct note_added {
    static constexpr std::string_view topic = "probe.note_added";
    static constexpr int version = 1;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(note_added, (), (text))

inline kit::result<note> tell(notes& store, const add_note& wanted, kit::context& call) {
    auto added = store.add(wanted.text);
    call.emit(wanted.text, note_added{wanted.text});
    if (wanted.text == "no") return kit::conflict("no");
    return added;
}
inline kit::result<note> tell_in_read(notes&, const all_notes&, kit::context& call) {
    call.emit("sneaky", note_added{"sneaky"});
    return note{};
}
/// Writes what it hears; says no to "bad" and runs too long for "spin".
inline kit::result<void> hear(notes& store, const note_added& fact, kit::event_context& call) {
    store.add("heard " + fact.text);
    call.emit(fact.text, note_added{"echo of " + fact.text});
    if (fact.text == "spin") store.spin();
    if (fact.text == "bad" && store.list(100).size() < 5) return kit::conflict("too few notes");
    return {};
}
inline kit::result<note> fail(notes& store, const add_note& wanted) {
    store.add(wanted.text);
    throw std::runtime_error{"a bug"};
}
inline kit::result<note> spin(notes& store, const add_note&) {
    store.spin();
    return note{};
}
inline kit::result<note> spin_read(notes& store, const all_notes&) {
    store.spin_read();
    return note{};
}
inline kit::result<note> write_in_read(notes& store, const all_notes&) {
    return store.add("not allowed");
}
inline kit::result<void> pause(notes& store, const pause_for& wanted) {
    store.add("paused");
    std::this_thread::sleep_for(std::chrono::milliseconds{wanted.ms});
    return {};
}
inline kit::result<void> long_read(notes&, const pause_for& wanted) {
    std::this_thread::sleep_for(std::chrono::milliseconds{wanted.ms});
    return {};
}
inline kit::result<void> shout(add_note& wanted) {
    if (wanted.text.empty()) return kit::invalid("text", "must not be empty");
    wanted.text += '!';
    return {};
}

inline kit::service probe() {
    return {
        .name = "probe",
        .version = 1,
        .migrations = {notes_table},
        .store = kit::make_store<notes>(),
        .operations =
            {
                kit::read("probe.list", "GET /notes", list),
                kit::read("probe.spin-read", "GET /spin", spin_read),
                kit::read("probe.tell-in-read", "GET /tellings", tell_in_read),
                kit::write("probe.tell", "POST /tellings", tell),
                kit::read("probe.write-in-read", "GET /sneaky", write_in_read),
                kit::read("probe.long-read", "GET /long", long_read).slow(),
                kit::write("probe.add", "POST /notes", add).created_at("/notes/{id}"),
                kit::write("probe.refuse", "POST /refusals", refuse),
                kit::write("probe.busy", "POST /busy", busy),
                kit::write("probe.fail", "POST /failures", fail),
                kit::write("probe.spin", "POST /spins", spin),
                kit::write("probe.pause", "POST /pauses", pause),
                kit::write("probe.shout", "POST /shouts", add, shout),
            },
    };
}

} // namespace postbus::tests
