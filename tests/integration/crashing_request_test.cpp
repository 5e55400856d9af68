#include "tests/integration/shop.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <thread>

namespace postbus::tests {

namespace {

/// Starts the probe again whenever it has ended, as the supervisor does.
class kept_probe {
public:
    explicit kept_probe(shop& s) : shop_{s} { start(); }

    void keep() {
        if (!current_->running()) start();
    }
    int starts() const noexcept { return starts_; }

private:
    void start() {
        ++starts_;
        current_ =
            &shop_.start_program("probe-service", {"--bus", shop_.bus(), "--data", shop_.data()});
    }

    shop& shop_;
    process* current_ = nullptr;
    int starts_ = 0;
};

} // namespace

TEST_SUITE_BEGIN("torment");

TEST_CASE("a request that crashes its worker fails alone: 502, outcome unknown") {
    shop s{either_engine()};
    s.start_broker();
    s.start_gateway();
    kept_probe probe{s};
    REQUIRE(s.wait_served({"/notes"}));

    http_connection deadly{s.http_port()};
    std::vector<std::unique_ptr<http_connection>> neighbours;
    for (int i = 0; i < 8; ++i)
        neighbours.push_back(std::make_unique<http_connection>(s.http_port()));
    for (int i = 0; i < 4; ++i)
        neighbours[static_cast<std::size_t>(i)]->send_request("POST", "/notes",
                                                              R"({"text":"neighbour"})");
    deadly.send_request("POST", "/notes", R"({"text":"deadly","crash":true})");
    for (int i = 4; i < 8; ++i)
        neighbours[static_cast<std::size_t>(i)]->send_request("POST", "/notes",
                                                              R"({"text":"neighbour"})");

    std::optional<http_response> answer;
    std::thread waiting{[&] { answer = deadly.receive(); }};
    CHECK(eventually(10'000ms, [&] {
        probe.keep();
        return probe.starts() == 4; // the first try and two more
    }));
    waiting.join();
    probe.keep();
    REQUIRE(answer);
    CHECK_EQ(answer->status, 502);
    CHECK_EQ(answer->field("content-type"), "application/problem+json");
    CHECK_MESSAGE(answer->body.find(R"("outcome":"unknown")") != std::string::npos, answer->body);

    for (auto& neighbour : neighbours) {
        const auto good = neighbour->receive();
        REQUIRE(good);
        CHECK_MESSAGE(good->status == 201, good->body);
    }
    REQUIRE(s.wait_served({"/notes"}));
    const auto notes = parse_json(s.get("/notes").body);
    CHECK_EQ(notes.as_array().size(), 8);
    for (const auto& note : notes.as_array()) CHECK(note.at("text").as_string() == "neighbour");
}

TEST_CASE("a call that runs out of time is answered with 504 and says what is known") {
    shop s;
    s.start_broker();
    s.start_gateway();
    kept_probe probe{s};
    REQUIRE(s.wait_served({"/notes"}));
    const auto begun = clock::now();
    const auto answer = s.get("/hurry?ms=2000");
    CHECK_EQ(answer.status, 504);
    CHECK_LT(clock::now() - begun, scaled(1500ms));
    CHECK_FALSE(parse_json(answer.body).at("outcome").as_string().empty());
}

TEST_CASE("slow requests do not hold up quick ones") {
    shop s;
    s.start_broker();
    s.start_gateway();
    kept_probe probe{s};
    REQUIRE(s.wait_served({"/notes"}));
    std::vector<std::unique_ptr<http_connection>> slow;
    for (int i = 0; i < 8; ++i) {
        slow.push_back(std::make_unique<http_connection>(s.http_port()));
        slow.back()->send_request("GET", "/slow?ms=600");
    }
    const auto begun = clock::now();
    for (int i = 0; i < 20; ++i) CHECK_EQ(s.get("/who").status, 200);
    CHECK_LT(clock::now() - begun, scaled(500ms));
    for (auto& one : slow) {
        const auto answer = one->receive();
        REQUIRE(answer);
        CHECK_EQ(answer->status, 200);
    }
}

TEST_CASE("a client that hangs up takes its waiting request back") {
    shop s;
    s.start_broker();
    s.start_gateway();
    kept_probe probe{s};
    REQUIRE(s.wait_served({"/notes"}));
    // The first write sleeps in its batch; what comes meanwhile waits behind it.
    http_connection sleeper{s.http_port()};
    sleeper.send_request("POST", "/notes", R"({"text":"sleeper","sleep_ms":700})");
    REQUIRE(eventually(5000ms, [&] {
        return read_file(s.folder() / "executions").find("sleeper") != std::string::npos;
    }));
    {
        http_connection fickle{s.http_port()};
        fickle.send_request("POST", "/notes", R"({"text":"fickle"})");
        std::this_thread::sleep_for(100ms); // long enough to have reached the worker
    }
    const auto answer = sleeper.receive();
    REQUIRE(answer);
    CHECK_EQ(answer->status, 201);
    CHECK_EQ(s.post("/notes", R"({"text":"last"})").status, 201);
    CHECK(read_file(s.folder() / "executions").find("fickle") == std::string::npos);
}

TEST_SUITE_END();

} // namespace postbus::tests
