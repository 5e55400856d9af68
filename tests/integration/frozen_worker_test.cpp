#include "tests/integration/load.hpp"

#include "tests/postgres_server.hpp"

#include <doctest/doctest.h>

#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <optional>
#include <sstream>
#include <utility>

namespace postbus::tests {

namespace {

process& start_probe(shop& s) {
    auto& started =
        s.start_program("probe-service", {"--bus", s.bus(), "--data", s.data().string()});
    REQUIRE(s.wait_served({"/notes"}));
    return started;
}

std::size_t count_notes(shop& s, std::string_view text) {
    std::size_t count = 0;
    const auto notes = parse_json(s.get("/notes").body);
    for (const auto& note : notes.as_array())
        count += std::string_view{note.at("text").as_string()} == text;
    return count;
}

/// Whether this process has the write lock of the orders. On a server nobody knows whose session it
/// is; but who is at work does not hold it for long.
bool holds_lock(const process& worker, const shop& s) {
    if (s.on() == engine::postgresql)
        return postgres_server::shared().ask(
                   s.database("orders"),
                   "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
                   "WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM "
                   "pg_database WHERE datname = current_database()) AND "
                   "clock_timestamp() - state_change > '200 ms'") != "0";
    // The kernel's word, not what the file says: who has just got the lock has yet to write it
    // down.
    struct stat file {};
    REQUIRE_EQ(::stat((s.data() / "orders.db.lock").c_str(), &file), 0);
    std::istringstream locks{read_file("/proc/locks")};
    const auto pid = " " + std::to_string(worker.pid()) + " ";
    const auto inode = ":" + std::to_string(file.st_ino) + " ";
    for (std::string line; std::getline(locks, line);)
        if (line.find(" FLOCK ") != std::string::npos && line.find(pid) != std::string::npos &&
            line.find(inode) != std::string::npos)
            return line.find("->") == std::string::npos; // "->": it only waits
    return false;
}

/// Stops the first thread of a process, the one that serves, and no other: those of ZeroMQ still
/// take what comes, and answer its pings.
class stuck {
public:
    explicit stuck(const process& of) : pid_{of.pid()} {
        if (ptrace(PTRACE_SEIZE, pid_, nullptr, nullptr) != 0) return;
        stopped_ = ptrace(PTRACE_INTERRUPT, pid_, nullptr, nullptr) == 0 &&
                   waitpid(pid_, nullptr, __WALL) == pid_;
    }
    ~stuck() { go_on(); }
    stuck(const stuck&) = delete;
    stuck& operator=(const stuck&) = delete;

    bool stopped() const noexcept { return stopped_; }
    void go_on() {
        if (std::exchange(stopped_, false)) ptrace(PTRACE_DETACH, pid_, nullptr, nullptr);
    }

private:
    pid_t pid_;
    bool stopped_ = false;
};

// Freezes the worker, if it then does (or does not) hold the write lock of its database.
bool freeze(process& worker, shop& s, bool holding) {
    worker.send(SIGSTOP);
    // All of its threads: one may be writing down that it has the lock.
    const auto stopped = [&] {
        for (const auto& thread :
             std::filesystem::directory_iterator{"/proc/" + std::to_string(worker.pid()) + "/task"})
            if (read_file(thread.path() / "stat").find(") T ") == std::string::npos) return false;
        return true;
    };
    REQUIRE(eventually(1000ms, stopped));
    if (s.on() == engine::postgresql) std::this_thread::sleep_for(300ms); // see holds_lock
    if (holds_lock(worker, s) == holding) return true;
    worker.send(SIGCONT);
    return false;
}

} // namespace

TEST_SUITE_BEGIN("torment");

TEST_CASE("a worker frozen under load delays its requests, and nothing is lost or doubled") {
    shop s{either_engine()};
    s.start();
    auto& frozen = s.worker("orders");
    s.start_worker("orders");
    REQUIRE(eventually(5000ms, [&] { return s.workers("orders").size() == 2; }));
    order_load load{s.http_port(), 8};
    REQUIRE(load.wait_for_more(100));
    for (int round = 0; round < 2; ++round) {
        frozen.send(SIGSTOP);
        // Its calls stall until it counts as frozen; then the other worker has them all.
        REQUIRE(load.wait_for_more(300));
        frozen.send(SIGCONT);
        REQUIRE(load.wait_for_more(100));
    }
    const auto done = load.stop();
    check_orders(s, done);
    check_all_accepted(done);
    CHECK(s.stop_everything());
    s.check_sound("orders");
}

TEST_CASE("one of three workers frozen for ten seconds under load fails no request") {
    shop s;
    s.start();
    auto& frozen = s.worker("orders");
    s.start_worker("orders");
    s.start_worker("orders");
    REQUIRE(eventually(5000ms, [&] { return s.workers("orders").size() == 3; }));
    order_load load{s.http_port(), 8};
    REQUIRE(load.wait_for_more(200));
    bool waiting = false; // only a worker that holds nothing may be ended by those that wait
    REQUIRE(eventually(10'000ms, [&] { return (waiting = freeze(frozen, s, false)); }));
    std::this_thread::sleep_for(10'000ms); // the length of the freeze is the point here
    REQUIRE(load.wait_for_more(200));
    frozen.send(SIGCONT);
    REQUIRE(load.wait_for_more(500));
    const auto done = load.stop();
    CHECK(frozen.running());
    check_all_accepted(done);
    check_orders(s, done);
    CHECK(s.stop_everything());
    s.check_sound("orders");
}

TEST_CASE("one of three workers frozen under load with the write lock in hand fails no request") {
    shop s{either_engine()};
    s.start();
    auto& frozen = s.worker("orders");
    s.start_worker("orders");
    s.start_worker("orders");
    REQUIRE(eventually(5000ms, [&] { return s.workers("orders").size() == 3; }));
    order_load load{s.http_port(), 8};
    REQUIRE(load.wait_for_more(200));
    REQUIRE(eventually(20'000ms, [&] { return freeze(frozen, s, true); }));
    // Who waits for the lock ends who holds it, for good; a server only ends its session.
    if (s.on() == engine::sqlite) CHECK(frozen.wait(8000ms) == -SIGKILL);
    REQUIRE(load.wait_for_more(500));
    frozen.send(SIGCONT);
    REQUIRE(load.wait_for_more(200));
    const auto done = load.stop();
    check_all_accepted(done);
    check_orders(s, done);
    CHECK(s.stop_everything());
    s.check_sound("orders");
}

TEST_CASE("a worker that was stuck until the records of its calls were pruned runs none of them") {
    shop s;
    s.start();
    auto& frozen = s.worker("orders");
    // It stops with nothing in hand, the write lock included; what the broker still gives it stays
    // unread. (Of a whole process that is stopped the broker lets the connection go, with all that
    // is on it.)
    std::optional<stuck> it;
    REQUIRE(eventually(5000ms, [&] {
        it.reset();
        it.emplace(frozen);
        return !it->stopped() || !holds_lock(frozen, s);
    }));
    if (!it->stopped()) {
        MESSAGE("left out: this machine lets nobody trace a process");
        return;
    }
    order_load early{s.http_port(), 4};
    s.start_worker("orders");
    REQUIRE(early.wait_for_more(50));
    auto done = early.stop();
    check_all_accepted(done);
    order_load late{s.http_port(), 1};
    // Records are kept for a minute and pruned by the writes that come then.
    std::this_thread::sleep_for(65'000ms);
    auto later = late.stop();
    done.insert(done.end(), later.begin(), later.end());
    it->go_on();
    CHECK(eventually(5000ms, [&] { return s.workers("orders").size() == 2; }));
    CHECK_EQ(s.post("/orders", R"({"user":1,"product":"after"})").status, 201);
    CHECK_NE(frozen.err().find("older than the watermark"), std::string::npos);
    check_orders(s, done);
    CHECK(s.stop_everything());
}

TEST_CASE("a worker frozen while it holds the write lock does not stop its service") {
    shop s;
    s.start_broker();
    s.start_gateway();
    auto& first = start_probe(s);
    // Stops itself in the middle of its transaction, and is the only one there at that moment.
    http_connection connection{s.http_port()};
    connection.send_request("POST", "/notes", R"({"text":"frozen","freeze":true})");
    REQUIRE(eventually(5000ms, [&] {
        return read_file(s.folder() / "executions").find("frozen") != std::string::npos;
    }));
    start_probe(s);
    // Whoever waits for the lock for 2 s ends its holder.
    CHECK(eventually(15'000ms,
                     [&] { return s.post("/notes", R"({"text":"after"})").status == 201; }));
    CHECK(first.wait(5000ms) == -SIGKILL);
    const auto answer = connection.receive();
    REQUIRE(answer);
    CHECK_EQ(answer->status, 201); // it ran again elsewhere, to the end
    CHECK_EQ(count_notes(s, "frozen"), 1);
    CHECK_GE(count_notes(s, "after"), 1);
}

TEST_CASE("a worker that thaws after its call was answered elsewhere changes nothing") {
    shop s{either_engine()};
    s.start_broker();
    s.start_gateway();
    auto& first = start_probe(s);
    http_connection connection{s.http_port()};
    connection.send_request("POST", "/notes", R"({"text":"once","sleep_ms":200})");
    REQUIRE(eventually(5000ms, [&] {
        return read_file(s.folder() / "executions").find("once") != std::string::npos;
    }));
    first.send(SIGSTOP);
    start_probe(s);
    const auto answer = connection.receive();
    REQUIRE(answer);
    first.send(SIGCONT);
    CHECK(eventually(3000ms, [&] { return s.get("/notes").status == 200; }));
    const auto written = count_notes(s, "once");
    if (answer->status == 201) CHECK_EQ(written, 1);
    CHECK_LE(written, 1);
}

TEST_SUITE_END();

} // namespace postbus::tests
