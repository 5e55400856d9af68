#include "tests/integration/load.hpp"

#include <doctest/doctest.h>

#include <csignal>

namespace postbus::tests {

TEST_CASE("a gateway told to stop answers what is open, takes nothing new, and ends with 0") {
    shop s;
    s.start_broker();
    s.start_gateway();
    s.start_program("probe-service", {"--bus", s.bus(), "--data", s.data().string()});
    REQUIRE(s.wait_served({"/notes"}));
    http_connection open{s.http_port()};
    http_connection idle{s.http_port()};
    idle.send_request("GET", "/notes");
    REQUIRE(idle.receive());
    open.send_request("GET", "/slow?ms=700");
    REQUIRE(eventually(2000ms, [&] {
        const auto workers = s.workers("probe");
        return workers.size() == 1 && workers[0].at("in_flight").as_int64() == 1;
    }));
    s.gateway().send(SIGTERM);
    CHECK(idle.closed_by_peer());
    const auto answer = open.receive();
    REQUIRE(answer);
    CHECK_EQ(answer->status, 200);
    CHECK_EQ(answer->field("connection"), "close");
    CHECK(s.gateway().wait(5000ms) == 0);
    CHECK_FALSE(http_connection{s.http_port()}.open());
}

TEST_CASE("a worker told to stop finishes what it has and ends with 0") {
    shop s{either_engine()};
    s.start_broker();
    s.start_gateway();
    auto& probe = s.start_program("probe-service", {"--bus", s.bus(), "--data", s.data().string()});
    REQUIRE(s.wait_served({"/notes"}));
    http_connection write{s.http_port()};
    http_connection slow{s.http_port()};
    slow.send_request("GET", "/slow?ms=600");
    write.send_request("POST", "/notes", R"({"text":"late","sleep_ms":300})");
    REQUIRE(eventually(5000ms, [&] {
        return read_file(s.folder() / "executions").find("late") != std::string::npos;
    }));
    probe.send(SIGTERM);
    const auto written = write.receive();
    REQUIRE(written);
    CHECK_EQ(written->status, 201);
    const auto read = slow.receive();
    REQUIRE(read);
    CHECK_EQ(read->status, 200);
    CHECK(probe.wait(6000ms) == 0);
}

TEST_CASE("all programs end with 0 when told to stop, also when idle") {
    shop s;
    s.start();
    const auto begun = clock::now();
    CHECK(s.stop_everything());
    CHECK_LT(clock::now() - begun, scaled(3000ms));
}

TEST_CASE("a worker waiting for a broker that never comes ends when told to") {
    shop s;
    auto& users = s.start_worker("users");
    REQUIRE(eventually(5000ms, [&] { return users.err().find(s.bus()) != std::string::npos; }));
    const auto code = users.stop(3000ms);
    REQUIRE(code);
    CHECK_GE(*code, 0);
}

} // namespace postbus::tests
