// docs/python_worker.py is a worker by somebody who has nothing but docs/protocol.md.

#include "tests/integration/keyed_load.hpp"
#include "tests/integration/load.hpp"
#include "tests/source_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <list>

namespace postbus::tests {

namespace {

constexpr auto python = "/usr/bin/python3"; // the one that Debian's python3-zmq is for
constexpr auto greet_ann = R"({"name":"Ann","words":"hi"})";

std::filesystem::path source(std::string_view file) {
    return std::filesystem::path{POSTBUS_SOURCE_DIR} / file;
}

/// Broker, gateway and any number of the Python worker.
struct greeting_stack {
    greeting_stack() {
        s.start_broker();
        s.start_gateway();
    }

    process& start_worker() {
        std::vector<std::string> words{source("docs/python_worker.py"), s.data()};
        words.push_back(s.bus());
        return workers.emplace_back("greeter" + std::to_string(workers.size()), python, words,
                                    s.folder());
    }
    bool serves() {
        return eventually(10'000ms, [&] {
            const auto answer = http_call(s.http_port(), "GET", "/greetings/nobody");
            return answer && answer->status == 404 &&
                   answer->body.find("Nobody greeted") != std::string::npos;
        });
    }
    std::int64_t times(const std::string& name) {
        const auto answer = s.get("/greetings/" + name);
        return answer.status == 200 ? parse_json(answer.body).at("times").as_int64() : 0;
    }
    std::int64_t in_flight() {
        std::int64_t sum = 0;
        for (const auto& one : s.workers("greeter")) sum += one.at("in_flight").as_int64();
        return sum;
    }

    shop s;
    std::list<process> workers;
};

/// All of them greet Ann.
keyed_post greetings() {
    return {"/greetings",
            [](const std::string& name) { return R"({"name":"Ann","words":")" + name + "\"}"; }};
}

bool possible() {
    const temporary_folder folder;
    process look{"look", python, {"-c", "import zmq"}, folder.path()};
    if (look.wait(15'000ms) == 0) return true;
    MESSAGE("left out: ", python, " has no zmq (package python3-zmq)");
    return false;
}

} // namespace

TEST_CASE("a worker in Python of under 100 lines serves through the gateway") {
    const auto code = read_file(source("docs/python_worker.py"));
    CHECK_LT(std::count(code.begin(), code.end(), '\n'), 100);
    if (!possible()) return;
    greeting_stack it;
    it.start_worker();
    REQUIRE(it.serves());
    auto& s = it.s;
    const auto status = s.postbus({"status"});
    CHECK_NE(status.out.find("greeter/1"), std::string::npos);
    CHECK_EQ(s.workers("greeter").size(), 1);

    CHECK_EQ(s.post("/greetings", greet_ann).status, 201);
    CHECK_EQ(it.times("Ann"), 1);
    CHECK_EQ(s.get("/greetings/J%C3%BCrgen%20%2F").status, 404);

    // Bodies in frames of their own, both ways.
    const std::string large(100'000, 'x');
    CHECK_EQ(s.post("/greetings", R"({"name":"Big","words":")" + large + "\"}").status, 201);
    CHECK_NE(s.get("/greetings/Big").body.find(large), std::string::npos);

    for (const auto* keyed : {"first", "again"}) {
        CAPTURE(keyed);
        CHECK_EQ(s.call("POST", "/greetings", greet_ann, {{"Idempotency-Key", "\"k\""}}).status,
                 201);
        CHECK_EQ(it.times("Ann"), 2);
    }
    CHECK_EQ(s.call("POST", "/greetings", R"({"name":"Bob","words":"hi"})",
                    {{"Idempotency-Key", "\"k\""}})
                 .status,
             422);

    for (const std::string body :
         {"", "{", "[]", "7", "null", R"({"name":"Ann"})", R"({"name":1,"words":"hi"})",
          R"({"name":"\ud800","words":""})", R"({"name":"Ann","words":"hi","more":1})"}) {
        const auto refused = s.post("/greetings", body);
        CHECK_MESSAGE((refused.status == 400 || refused.status == 422), body, refused.body);
    }
    CHECK_EQ(s.post("/greetings", std::string(200'000, '[')).status, 400);
    CHECK_EQ(it.times("Ann"), 2);
    CHECK_EQ(it.workers.front().stop(), 0);
    CHECK_EQ(s.workers("greeter").size(), 0);
}

TEST_CASE("a worker in Python is killed under load: what waits goes on with the next one, once") {
    if (!possible()) return;
    greeting_stack it;
    it.start_worker();
    REQUIRE(it.serves());
    keyed_load load{it.s.http_port(), 4, greetings()};
    for (int round = 0; round < 3; ++round) {
        REQUIRE(load.wait_for_more(50));
        it.workers.back().kill();
        it.start_worker();
    }
    REQUIRE(load.wait_for_more(50));
    const auto answers = load.stop();
    check_refusals_say_outcome(answers);
    CHECK_EQ(it.times("Ann"), accepted_names(answers));
}

TEST_CASE("workers in Python are drained one after another under load: no request fails") {
    if (!possible()) return;
    greeting_stack it;
    it.start_worker();
    REQUIRE(it.serves());
    // One that writes: two workers that both do may keep one another from SQLite's lock for long.
    keyed_load load{it.s.http_port(), 1, greetings()};
    read_load reads{it.s.http_port(), 3, {"/greetings/Ann"}};
    REQUIRE(load.wait_for_more(20));
    for (int round = 0; round < 3; ++round) {
        it.start_worker();
        REQUIRE(eventually(10'000ms, [&] { return it.s.workers("greeter").size() == 2; }));
        auto& oldest = *std::find_if(it.workers.begin(), it.workers.end(),
                                     [](process& one) { return one.running(); });
        REQUIRE(load.wait_for_more(50));
        CHECK_EQ(oldest.stop(), 0);
    }
    REQUIRE(load.wait_for_more(50));
    auto unread = reads.stop();
    std::erase_if(unread, [](const std::string& one) { // before the first greeting
        return one.find("Nobody greeted") != std::string::npos;
    });
    CAPTURE(unread.empty() ? std::string{} : unread.front());
    CHECK_EQ(unread.size(), 0);
    const auto answers = load.stop();
    CAPTURE(statuses(answers));
    CHECK_EQ(accepted_names(answers), answers.size()); // each at the first try
    CHECK_EQ(it.times("Ann"), answers.size());
}

TEST_CASE("a worker in Python answers for a call whose client hung up, and does not run it") {
    if (!possible()) return;
    greeting_stack it;
    auto& worker = it.start_worker();
    REQUIRE(it.serves());
    bool in_time = false; // on a busy machine the broker may take it for frozen: once more
    for (int round = 0; round < 5 && !in_time; ++round) {
        worker.send(SIGSTOP); // so that calls and cancellations wait for it together
        {
            std::list<http_connection> clients;
            for (int i = 0; i < 5; ++i)
                clients.emplace_back(it.s.http_port())
                    .send_request("POST", "/greetings",
                                  R"({"name":"Ann)" + std::to_string(round) + R"(","words":"hi"})");
            REQUIRE(eventually(1000ms, [&] { return it.in_flight() == 5; }));
        }
        std::this_thread::sleep_for(600ms); // half a second more has who closed its sending side
        in_time = it.s.workers("greeter").size() == 1;
        worker.send(SIGCONT);
        CHECK(eventually(1000ms, [&] { return it.in_flight() == 0; }));
        if (in_time) CHECK_EQ(it.times("Ann" + std::to_string(round)), 0);
    }
    CHECK(in_time);
    CHECK_EQ(it.s.post("/greetings", greet_ann).status, 201);
}

TEST_CASE("the broker is killed and started again: the worker in Python is back, no call fails") {
    if (!possible()) return;
    greeting_stack it;
    it.start_worker();
    REQUIRE(it.serves());
    keyed_load load{it.s.http_port(), 4, greetings()};
    for (int round = 0; round < 3; ++round) {
        REQUIRE(load.wait_for_more(50));
        it.s.broker().kill();
        it.s.start_broker();
    }
    REQUIRE(load.wait_for_more(50));
    const auto answers = load.stop();
    CAPTURE(statuses(answers));
    CHECK_EQ(accepted_names(answers), answers.size());
    CHECK_EQ(it.times("Ann"), answers.size());
}

TEST_CASE("a worker in Python drops what breaks the protocol, and goes on") {
    if (!possible()) return;
    const temporary_folder folder;
    const auto bus = "tcp://127.0.0.1:" + std::to_string(free_ports(1));
    process broker{
        "broker", python, {source("tests/integration/garbage_broker.py"), bus}, folder.path()};
    process worker{
        "greeter", python, {source("docs/python_worker.py"), folder.path(), bus}, folder.path()};
    CHECK_MESSAGE(broker.wait(30'000ms) == 0, broker.err(), worker.err());
    CHECK(worker.running());
}

} // namespace postbus::tests
