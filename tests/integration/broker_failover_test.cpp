// Several brokers: one is frozen, missing from the start, or knows other workers than the rest.

#include "tests/integration/broker_set.hpp"
#include "tests/integration/journal.hpp"
#include "tests/integration/mixed_load.hpp"
#include "tests/integration/open_load.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <list>

namespace postbus::tests {

namespace {

milliseconds since(clock::time_point begun) {
    return std::chrono::duration_cast<milliseconds>(clock::now() - begun);
}

/// Asks so often, one after the other; the longest answer. Each must be 200.
milliseconds longest_answer(shop& s, const std::string& path, int times) {
    milliseconds longest{0};
    for (int i = 0; i < times; ++i) {
        const auto begun = clock::now();
        CHECK_EQ(s.get(path).status, 200);
        longest = std::max(longest, since(begun));
    }
    return longest;
}

} // namespace

TEST_CASE("a broker frozen for 5 s fails no request: its calls go over the other, and what it says "
          "when it thaws harms nothing") {
    shop s;
    broker_set brokers{s, 2};
    brokers.start_shop(2);
    mixed_load load{s.http_port(), 16, 2000};
    REQUIRE(load.wait_for_more(1000));
    brokers.at(0).send(SIGSTOP);
    const auto before = load.answered();
    std::this_thread::sleep_for(5000ms); // the length of the freeze is the point here
    const auto meanwhile = load.answered() - before;
    brokers.at(0).send(SIGCONT);
    REQUIRE(load.wait_for_more(2000));
    const auto done = load.stop();
    MESSAGE(meanwhile, " answers in the 5 s; ", figures(done));
    CHECK_GT(meanwhile, 2000);
    check_nothing_failed(done);
    check_orders(s, writes_of(done));
    CHECK_LT(time_at(done, 1.0), static_cast<double>(scaled(3000ms).count()));
}

TEST_CASE("requests with a second of time survive a broker that freezes with them in hand") {
    shop s;
    broker_set brokers{s, 2};
    brokers.start_probes(1);
    std::list<http_connection> clients;
    for (int i = 0; i < 20; ++i) clients.emplace_back(s.http_port());
    brokers.at(0).send(SIGSTOP);
    const auto begun = clock::now();
    for (auto& one : clients) one.send_request("GET", "/brisk");
    for (auto& one : clients) {
        const auto answer = one.receive();
        REQUIRE(answer);
        CHECK_EQ(answer->status, 200);
    }
    MESSAGE("all answered after ", since(begun).count(), " ms");
    // New ones avoid it.
    CHECK_LT(longest_answer(s, "/brisk", 20), scaled(400ms));
    brokers.at(0).send(SIGCONT);
}

TEST_CASE("a broker that dies and stays away holds up nobody whose request it had") {
    shop s;
    broker_set brokers{s, 2};
    brokers.start_probes(1);
    std::list<http_connection> clients;
    for (int i = 0; i < 8; ++i) clients.emplace_back(s.http_port());
    for (auto& one : clients) one.send_request("GET", "/slow?ms=200");
    const auto begun = clock::now();
    brokers.at(0).kill();
    for (auto& one : clients) {
        const auto answer = one.receive();
        REQUIRE(answer);
        CHECK_EQ(answer->status, 200);
    }
    CHECK_LT(since(begun), scaled(3000ms));
    CHECK_LT(longest_answer(s, "/brisk", 20), scaled(1000ms));
}

TEST_CASE(
    "a write whose broker dies while a worker is at it reaches a worker twice and happens once") {
    shop s{either_engine()};
    broker_set brokers{s, 2};
    brokers.start_probes(2);
    const auto executions = [&] { return lines_of(read_file(s.folder() / "executions")); };
    std::vector<std::string> written;
    for (std::size_t round = 0; round < 6; ++round) {
        // One of the two goes over the broker that dies, whichever that is; one worker has it in
        // hand, and its second copy may go to the other.
        http_connection first{s.http_port()};
        http_connection second{s.http_port()};
        for (auto* one : {&first, &second}) {
            written.push_back("note " + std::to_string(written.size()));
            one->send_request("POST", "/notes",
                              R"({"sleep_ms":150,"text":")" + written.back() + "\"}");
        }
        REQUIRE(eventually(5000ms, [&] { return executions().size() > 2 * round; }));
        brokers.at(round % 2).kill();
        for (auto* one : {&first, &second}) {
            const auto answer = one->receive();
            REQUIRE(answer);
            CHECK_EQ(answer->status, 201);
        }
        brokers.start(round % 2);
    }
    CHECK_EQ(executions().size(), written.size());
    const auto notes = parse_json(s.get("/notes").body);
    CHECK_EQ(notes.as_array().size(), written.size());
}

TEST_CASE("a service that only one of two brokers has a worker of is served without delay") {
    shop s;
    broker_set brokers{s, 2};
    brokers.start_all();
    brokers.start_worker_at(0, "users");
    brokers.start_worker_at(1, "orders");
    brokers.start_gateway();
    REQUIRE(s.wait_served({"/users", "/orders"}));
    CHECK_LT(longest_answer(s, "/users", 100), scaled(500ms));
    CHECK_LT(longest_answer(s, "/orders", 100), scaled(500ms));
    CHECK(eventually(5000ms, [&] { return s.get("/nothing").status == 404; }));
    for (const auto* operation : {"users.list", "orders.list"}) {
        const auto begun = clock::now();
        const auto called = brokers.postbus({"call", operation, "{}"});
        CHECK_EQ(called.code, 0);
        CHECK_LT(since(begun), scaled(1000ms));
    }
}

TEST_CASE(
    "a service that only one of three brokers has a worker of is found by all who ask at once") {
    shop s;
    broker_set brokers{s, 3};
    brokers.start_all();
    brokers.start_worker_at(1, "users");
    brokers.start_gateway();
    REQUIRE(s.wait_served({"/users"}));
    open_load load{s.http_port(), "/users", 3000};
    REQUIRE(eventually(5000ms, [&] { return load.take().with(200) > 0; }));
    std::this_thread::sleep_for(3000ms); // the length of the measurement
    const auto seen = load.take();
    MESSAGE(seen.text());
    CHECK_EQ(seen.with(200), seen.answered());
    // Who waits where there is no worker waits for a second.
    CHECK_LT(seen.p99_ms(), static_cast<double>(scaled(700ms).count()));
}

TEST_CASE("a worker that comes back to only one of the brokers serves those who wait at either") {
    shop s;
    broker_set brokers{s, 2};
    brokers.start_all();
    auto& users = brokers.start_worker("users");
    brokers.start_gateway();
    REQUIRE(s.wait_served({"/users"}));
    REQUIRE(eventually(5000ms, [&] { return brokers.workers_at(1, "users") == 1; }));
    std::list<http_connection> clients;
    for (int i = 0; i < 6; ++i) clients.emplace_back(s.http_port());
    users.kill();
    for (auto& one : clients) one.send_request("GET", "/users");
    brokers.start_worker_at(0, "users");
    for (auto& one : clients) {
        const auto answer = one.receive();
        REQUIRE(answer);
        CHECK_EQ(answer->status, 200);
    }
}

TEST_CASE("without a worker anywhere the refusal comes after the grace, and says that nothing was "
          "done") {
    shop s;
    broker_set brokers{s, 2};
    brokers.start_all();
    auto& users = brokers.start_worker("users");
    brokers.start_gateway();
    REQUIRE(s.wait_served({"/users"}));
    REQUIRE(eventually(5000ms, [&] { return brokers.workers_at(1, "users") == 1; }));
    users.kill();
    REQUIRE(eventually(5000ms, [&] {
        return brokers.workers_at(0, "users") + brokers.workers_at(1, "users") == 0;
    }));
    const auto begun = clock::now();
    const auto answer = s.post("/users", R"({"name":"Nobody"})");
    CHECK_EQ(answer.status, 503);
    CHECK_NE(answer.body.find("not-executed"), std::string::npos);
    CHECK_GE(since(begun), 500ms);
    CHECK_LT(since(begun), scaled(4000ms));
}

TEST_CASE("a worker told to stop while a broker is frozen or dead ends within its 5 s, and no "
          "request fails") {
    shop s;
    broker_set brokers{s, 2};
    brokers.start_shop(2);
    auto& leaving = brokers.start_worker("orders");
    auto& later = brokers.start_worker("orders");
    REQUIRE(eventually(5000ms, [&] { return brokers.workers_at(1, "orders") == 4; }));
    mixed_load load{s.http_port(), 8, 1000};
    REQUIRE(load.wait_for_more(300));
    brokers.at(0).send(SIGSTOP);
    auto begun = clock::now();
    CHECK(leaving.stop() == 0);
    MESSAGE("beside a frozen broker it took ", since(begun).count(), " ms");
    CHECK_LT(since(begun), scaled(4000ms));
    brokers.at(0).send(SIGCONT);
    REQUIRE(load.wait_for_more(300));
    brokers.at(0).kill();
    begun = clock::now();
    CHECK(later.stop() == 0);
    CHECK_LT(since(begun), scaled(2000ms));
    REQUIRE(load.wait_for_more(300));
    const auto done = load.stop();
    check_nothing_failed(done);
    check_orders(s, writes_of(done));
}

TEST_CASE("with one broker missing from the start, programs and commands start and work at once") {
    shop s;
    broker_set brokers{s, 2};
    std::size_t there = 0;
    SUBCASE("the first") {
        there = 1;
    }
    SUBCASE("the second") {
        there = 0;
    }
    brokers.start(there, {"--settle-ms", "300"});
    for (const auto* service : {"users", "orders", "catalog", "payments", "journal"})
        brokers.start_worker(service);
    auto begun = clock::now();
    brokers.start_gateway();
    REQUIRE(s.wait_served({"/users", "/orders", "/products", "/payments"}));
    CHECK_LT(since(begun), scaled(3000ms));
    CHECK_EQ(s.get("/readyz").status, 200);

    const auto quickly = [&](std::vector<std::string> words) {
        begun = clock::now();
        auto done = brokers.postbus(std::move(words));
        CAPTURE(done.err);
        CHECK_EQ(done.code, 0);
        CHECK_LT(since(begun), scaled(1000ms));
        return done.out;
    };
    CHECK_NE(quickly({"call", "users.list", "{}"}).find("Alice"), std::string::npos);
    CHECK_EQ(lines_of(quickly({"publish", "door.opened", "1"})).size(), 1);
    CHECK_NE(quickly({"events", "list", "journal"}).find("door.opened"), std::string::npos);
    CHECK_NE(quickly({"audit"}).find("clean"), std::string::npos);
    begun = clock::now();
    auto words = brokers.words();
    words.insert(words.begin(), {"subscribe", "door.", "--from-start"});
    auto& subscriber = s.start_program("postbus", words);
    CHECK(eventually(5000ms, [&] { return lines_of(subscriber.out()).size() == 1; }));
    CHECK_LT(since(begun), scaled(1000ms));
}

TEST_CASE("subscribers see each event once and in order while two brokers die in turn") {
    shop s;
    broker_set brokers{s, 2};
    brokers.start_all();
    brokers.start_worker("journal");
    brokers.start_gateway();
    REQUIRE(eventually(10'000ms, [&] {
        const auto answer = http_call(s.http_port(), "GET", "/events/door.opened");
        return answer && answer->status == 405;
    }));
    auto words = brokers.words();
    words.insert(words.begin(), {"subscribe", "door.", "--from-start"});
    auto& subscriber = s.start_program("postbus", words);
    std::vector<std::string> published;
    for (std::size_t round = 0; round < 8; ++round) {
        for (int i = 0; i < 50; ++i)
            published.push_back(id_of(s.post("/events/door.opened", std::to_string(i))));
        brokers.at(round % 2).kill();
        for (int i = 0; i < 50; ++i)
            published.push_back(id_of(s.post("/events/door.opened", std::to_string(i))));
        brokers.start(round % 2);
    }
    CHECK(eventually(10'000ms, [&] { return lines_of(subscriber.out()).size() >= 800; }));
    CHECK(ids_of(subscriber.out()) == published);
}

TEST_CASE(
    "lines that are published while two brokers die in turn are stored in their order, once") {
    shop s;
    broker_set brokers{s, 2};
    brokers.start_all();
    brokers.start_worker("journal");
    REQUIRE(eventually(5000ms, [&] {
        return brokers.workers_at(0, "journal") + brokers.workers_at(1, "journal") == 2;
    }));
    constexpr int count = 60'000;
    std::string lines;
    for (int i = 1; i <= count; ++i) lines += std::to_string(i) + '\n';
    auto words = brokers.words();
    words.insert(words.begin(), {"publish", "door.opened", "-"});
    process publisher{"publisher", program("postbus"), words, s.folder(), lines};
    int kills = 0;
    for (; publisher.running(); ++kills) {
        std::this_thread::sleep_for(100ms); // some thousand events
        brokers.at(kills % 2).kill();
        brokers.start(kills % 2);
    }
    CHECK_EQ(publisher.err(), "");
    CHECK(publisher.wait(1000ms) == 0);
    MESSAGE(kills, " kills");
    const auto ids = lines_of(publisher.out());
    CHECK_EQ(ids.size(), count);
    int wrong = 0;
    for (std::size_t i = 0; i < ids.size(); ++i)
        wrong += number_of(ids[i]) != static_cast<std::int64_t>(i) + 1;
    CHECK_EQ(wrong, 0);
}

TEST_CASE("`postbus up --brokers 2` runs two, and a killed one is not missed") {
    shop s;
    auto& up = s.start_up({"--brokers", "2"});
    const auto pids = descendants(up.pid(), "postbus-broker");
    REQUIRE_EQ(pids.size(), 2);
    order_load load{s.http_port(), 8};
    for (const auto pid : pids) {
        REQUIRE(load.wait_for_more(200));
        ::kill(pid, SIGKILL);
        REQUIRE(load.wait_for_more(200));
        REQUIRE(eventually(10'000ms,
                           [&] { return descendants(up.pid(), "postbus-broker").size() == 2; }));
    }
    const auto done = load.stop();
    check_all_accepted(done);
    check_orders(s, done);
    CHECK_EQ(up.stop(), 0);
}

} // namespace postbus::tests
