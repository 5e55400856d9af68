// How fast a consumer that was away comes up with the log, and whether it hears everything.

#include "tests/integration/shop.hpp"
#include "tests/postgres_server.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <list>

namespace postbus::tests {

namespace {

constexpr int missed = 100'000;

/// Creates users over many connections at once, so that many go into one commit.
class user_maker {
public:
    explicit user_maker(std::uint16_t port) {
        for (int i = 0; i < 64; ++i) connections_.emplace_back(port);
    }

    /// At most 64. How many were made: all, or the test has failed.
    int make(int wanted) {
        int sent = 0;
        int made = 0;
        for (auto& one : connections_)
            if (sent < wanted) sent += one.send_request("POST", "/users", R"({"name":"New"})");
        for (auto& one : connections_) {
            if (sent-- <= 0) break;
            const auto answer = one.receive();
            made += answer && answer->status == 201;
        }
        return made;
    }

private:
    std::list<http_connection> connections_;
};

/// Two thousand a second until it is told to stop; how many it made.
int make_steadily(std::uint16_t port, const std::atomic<bool>& stop) {
    constexpr int a_round = 20;
    user_maker maker{port};
    int made = 0;
    for (auto next = clock::now(); !stop; next += 10ms) {
        std::this_thread::sleep_until(next); // that is its rate
        made += maker.make(a_round);
    }
    return made;
}

process& start_recorder(shop& s, const std::string& database) {
    return s.start_program("recorder-service", {"--bus", s.bus(), "--db", database});
}

/// How far it has come; -1: it does not answer.
std::int64_t position_of(shop& s) {
    const auto answer = s.get("/records/last");
    return answer.status == 200 ? parse_json(answer.body).at("seq").as_int64() : -1;
}

/// The seqs of the events in the order in which they were heard.
std::vector<std::int64_t> heard(shop& s) {
    http_connection connection{s.http_port()};
    std::vector<std::int64_t> out;
    for (std::int64_t after = 0;;) {
        connection.send_request("GET", "/records?after=" + std::to_string(after));
        const auto answer = connection.receive();
        REQUIRE(answer);
        REQUIRE_EQ(answer->status, 200);
        const auto page = parse_json(answer->body);
        for (const auto& one : page.as_array()) {
            out.push_back(one.at("seq").as_int64());
            after = one.at("id").as_int64();
        }
        if (page.as_array().empty()) return out;
    }
}

void check_each_once_in_order(const std::vector<std::int64_t>& seqs) {
    std::int64_t wrong = 0;
    for (std::size_t i = 0; i < seqs.size(); ++i)
        wrong += seqs[i] != static_cast<std::int64_t>(i) + 1;
    CHECK_EQ(wrong, 0);
}

/// While more come: starts the recorder, and waits until it has heard of the first `there` events.
void check_catches_up(shop& s, const std::string& database, int& there, milliseconds limit) {
    std::atomic<bool> stop = false;
    auto more = std::async(std::launch::async, [&] { return make_steadily(s.http_port(), stop); });
    const auto started = clock::now();
    auto& recorder = start_recorder(s, database);
    CHECK(eventually(60'000ms, [&] { return position_of(s) >= there; }));
    const auto took = clock::now() - started;
    MESSAGE("caught up at ", static_cast<int>(there / std::chrono::duration<double>{took}.count()),
            " events a second: ", database.substr(0, database.find(':')));
    CHECK_LE(took, scaled(limit));
    stop = true;
    there += more.get();
    CHECK(eventually(10'000ms, [&] { return position_of(s) >= there; }));
    const auto seqs = heard(s);
    CHECK_EQ(seqs.size(), there);
    check_each_once_in_order(seqs);
    recorder.stop();
}

} // namespace

// 30,000 a second and more on a quiet machine; the limits are for one that does much else.
TEST_CASE("a consumer that missed 100,000 events hears each once and in order, while more come") {
    shop s;
    s.start_broker();
    s.start_worker("users");
    s.start_gateway();
    REQUIRE(s.wait_served({"/users"}));
    const auto file = "sqlite:" + (s.data() / "recorder.db").string();
    const auto server = postgres_server::shared().create_schema();
    for (const auto& database : {file, server}) {
        auto& recorder = start_recorder(s, database);
        REQUIRE(eventually(10'000ms, [&] { return position_of(s) == 2; })); // the sample users
        recorder.stop();
    }
    int there = 2;
    for (user_maker maker{s.http_port()}; there < 2 + missed;) {
        const auto made = maker.make(64);
        REQUIRE_GT(made, 0);
        there += made;
    }
    check_catches_up(s, file, there, 10'000ms);
    check_catches_up(s, server, there, 20'000ms);
}

} // namespace postbus::tests
