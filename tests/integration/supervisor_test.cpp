#include "tests/integration/shop.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <fstream>

namespace postbus::tests {

namespace {

process& start_up(shop& s, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"up",    "--http", s.http(),         "--bus",
                                       s.bus(), "--data", s.data().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return s.start_program("postbus", arguments);
}

bool ready(const process& up, const shop& s) {
    return eventually(15'000ms, [&] {
        return (up.out() + up.err()).find("ready http://" + s.http()) != std::string::npos;
    });
}

bool all_gone(const std::vector<pid_t>& pids) {
    return std::none_of(pids.begin(), pids.end(), alive);
}

} // namespace

TEST_CASE("one command starts the shop and says when it is ready; Ctrl-C ends it cleanly") {
    shop s;
    auto& up = start_up(s);
    const auto begun = clock::now();
    REQUIRE(ready(up, s));
    CHECK_LT(clock::now() - begun, scaled(3000ms));
    CHECK_EQ(s.get("/users").body, R"([{"id":1,"name":"Alice"},{"id":2,"name":"Bob"}])");
    for (const auto* path : {"/products", "/orders", "/payments"})
        CHECK_EQ(s.get(path).status, 200);
    const auto children = descendants(up.pid());
    CHECK_GE(children.size(), 6);
    up.send(SIGINT);
    CHECK(up.wait(10'000ms) == 0);
    CHECK(all_gone(children));
}

TEST_CASE("the supervisor is killed: none of its programs is left") {
    shop s;
    auto& up = start_up(s);
    REQUIRE(ready(up, s));
    const auto children = descendants(up.pid());
    CHECK_GE(children.size(), 6);
    up.kill();
    CHECK(eventually(3000ms, [&] { return all_gone(children); }));
}

TEST_CASE("what crashes is started again: worker, broker and gateway") {
    shop s;
    auto& up = start_up(s);
    REQUIRE(ready(up, s));
    REQUIRE_EQ(s.post("/users", R"({"name":"Carol"})").status, 201);
    const auto children = descendants(up.pid());
    for (const auto pid : children) kill(pid, SIGKILL);
    REQUIRE(eventually(2000ms, [&] { return all_gone(children); }));
    CHECK(s.wait_served({"/users", "/products", "/orders", "/payments"}));
    CHECK_EQ(s.get("/users/3").status, 200);
    CHECK_EQ(descendants(up.pid()).size(), children.size());
    CHECK(up.stop() == 0);
}

TEST_CASE("a service is scaled by a flag, and its workers' lines are marked") {
    shop s;
    auto& up = start_up(s, {"--scale", "orders=3"});
    REQUIRE(ready(up, s));
    CHECK(eventually(3000ms, [&] { return s.workers("orders").size() == 3; }));
    CHECK_EQ(s.workers("users").size(), 1);
    const auto marked = [&] { return up.err().find("\norders.3 ") != std::string::npos; };
    CHECK(eventually(3000ms, marked));
    CHECK(up.stop() == 0);
}

TEST_CASE("a second start on the same folder, or the same ports, is one clear line") {
    shop s;
    auto& up = start_up(s);
    REQUIRE(ready(up, s));
    const auto again =
        run("postbus",
            {"up", "--http", "127.0.0.1:" + std::to_string(free_ports(1)), "--bus",
             "tcp://127.0.0.1:" + std::to_string(free_ports(2)), "--data", s.data().string()},
            s.folder());
    CHECK(again.code);
    CHECK_GT(again.code.value_or(0), 0);
    CHECK_MESSAGE(again.err.find(s.data().string()) != std::string::npos, again.err);

    const auto port = run("postbus",
                          {"up", "--http", s.http(), "--bus",
                           "tcp://127.0.0.1:" + std::to_string(free_ports(2)), "--data", "other"},
                          s.folder());
    CHECK_GT(port.code.value_or(0), 0);
    CHECK_MESSAGE(port.err.find(s.http()) != std::string::npos, port.err);
    CHECK_EQ(s.get("/users").status, 200);
    CHECK(up.stop() == 0);
}

TEST_CASE("a data folder that is none ends the start with one clear line") {
    shop s;
    std::ofstream{s.folder() / "file"} << "not a folder";
    const auto up =
        run("postbus", {"up", "--http", s.http(), "--bus", s.bus(), "--data", "file"}, s.folder());
    CHECK_GT(up.code.value_or(0), 0);
    CHECK_MESSAGE(up.err.find("file") != std::string::npos, up.err);
}

TEST_CASE("settings come from postbus.toml too") {
    shop s;
    std::ofstream{s.folder() / "postbus.toml"} << "bus = \"" << s.bus() << "\"\nhttp = \""
                                               << s.http() << "\"\ndata = \"" << s.data().string()
                                               << "\"\n[services.orders]\nworkers = 2\n";
    auto& up = s.start_program("postbus", {"up"});
    REQUIRE(ready(up, s));
    CHECK(eventually(3000ms, [&] { return s.workers("orders").size() == 2; }));
    CHECK(up.stop() == 0);
}

} // namespace postbus::tests
