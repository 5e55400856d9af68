// A service that the product knows nothing of: it does to its worker what no service should.

#include "services/kit/consumer.hpp"
#include "services/kit/query.hpp"
#include "services/kit/run.hpp"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

namespace probe {

struct note {
    std::int64_t id = 0;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(note, (), (id, text))

struct process_id {
    std::int64_t pid = 0;
};
BOOST_DESCRIBE_STRUCT(process_id, (), (pid))

struct nothing {};
BOOST_DESCRIBE_STRUCT(nothing, (), ())

struct wait {
    std::optional<std::int64_t> ms;
};
BOOST_DESCRIBE_STRUCT(wait, (), (ms))

/// Writes a note. On the way it may sleep, crash the process, or, the first time, stop it as
/// SIGSTOP does.
struct add_note {
    std::string text;
    std::optional<std::int64_t> sleep_ms;
    std::optional<bool> crash;
    std::optional<bool> freeze;
};
BOOST_DESCRIBE_STRUCT(add_note, (), (text, sleep_ms, crash, freeze))

/// An event that anybody publishes. Its key is the door.
struct door_opened {
    static constexpr std::string_view topic = "door.opened";
    static constexpr int version = 1;
    std::int64_t n = 0;
};
BOOST_DESCRIBE_STRUCT(door_opened, (), (n))

class store {
public:
    explicit store(postbus::kit::sql& db)
        : list_{db, "SELECT id, text FROM notes ORDER BY id"},
          add_{db, "notes", "INSERT INTO notes (text) VALUES (:1)"} {}

    std::vector<note> list() { return list_.all(); }
    note add(const std::string& text) { return {add_.run(text), text}; }

private:
    postbus::kit::query<note()> list_;
    postbus::kit::insertion<std::string> add_;
};

namespace kit = postbus::kit;

// Counted outside of the database, so that what was rolled back counts too. True the first time.
bool count_execution(const std::string& text) {
    bool first = true;
    std::ifstream before{"executions"};
    for (std::string line; std::getline(before, line);) first &= line != text;
    std::ofstream{"executions", std::ios::app} << text << '\n' << std::flush;
    return first;
}

void sleep_for(const std::optional<std::int64_t>& ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds{ms.value_or(0)});
}

kit::result<std::vector<note>> list(store& notes, const nothing&) {
    return notes.list();
}

kit::result<note> add(store& notes, const add_note& wanted) {
    const bool first = count_execution(wanted.text);
    auto added = notes.add(wanted.text);
    sleep_for(wanted.sleep_ms);
    if (first && wanted.freeze.value_or(false)) raise(SIGSTOP);
    if (wanted.crash.value_or(false)) _exit(42);
    return added;
}

// Says no for as long as there is a file "stuck-DOOR".
kit::result<void> hear(store& notes, const door_opened& fact, kit::event_context& call) {
    const auto& door = call.event().key;
    notes.add(door + ' ' + std::to_string(fact.n));
    if (std::ifstream{"stuck-" + door}) return kit::conflict("the " + door + " door is stuck");
    return {};
}

kit::result<process_id> slow(store&, const wait& wanted) {
    sleep_for(wanted.ms);
    return process_id{getpid()};
}

kit::result<process_id> who(store&, const nothing&) {
    return process_id{getpid()};
}

constexpr kit::migration create_notes{
    .number = 1,
    .name = "notes",
    .sql = "CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL);"};

kit::service service() {
    using kit::read, kit::write;
    return {.name = "probe",
            .version = 1,
            .migrations = {create_notes},
            .store = kit::make_store<store>(),
            .operations =
                {
                    read("probe.list", "GET /notes", list).summary("List notes"),
                    write("probe.add", "POST /notes", add).status(201).summary("Add a note"),
                    read("probe.who", "GET /who", who).summary("Who answers"),
                    read("probe.work", "GET /work", slow).summary("Work in the turn for a while"),
                    read("probe.brisk", "GET /brisk", who)
                        .time_limit(std::chrono::milliseconds{1000})
                        .summary("Who answers within a second"),
                    read("probe.slow", "GET /slow", slow).slow().summary("Answer after a while"),
                    read("probe.hurry", "GET /hurry", slow)
                        .slow()
                        .time_limit(std::chrono::milliseconds{300})
                        .summary("The same, with little patience"),
                },
            .consumers = {kit::from("journal", {kit::on(&hear)})}};
}

} // namespace probe

int main(int argc, char** argv) {
    return postbus::kit::run(argc, argv, probe::service());
}
