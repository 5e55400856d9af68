// `postbus restart` and `postbus scale` while clients are at work: nobody notices.

#include "tests/integration/steady_load.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <fstream>
#include <iostream>

namespace postbus::tests {

namespace {

finished ask(const shop& s, std::vector<std::string> words) {
    words.insert(words.end(), {"--data", s.data().string()});
    return run("postbus", words, s.folder(), 60'000ms);
}

void check_nobody_noticed(shop& s, steady_load& load, int rounds) {
    const auto result = load.stop();
    std::cout << rounds << " rounds, " << result.text() << '\n';
    CHECK_GT(result.answered, 100U);
    CHECK_MESSAGE(result.failed.empty(), result.text());
    check_users(s, result);
}

} // namespace

TEST_CASE("twenty times all workers of two services are replaced under load: no request fails") {
    shop s{either_engine()};
    auto& up = s.start_up();
    for (const auto* workers : {"1", "2"}) {
        CAPTURE(workers);
        const auto scaled_to =
            ask(s, {"scale", std::string{"users="} + workers, std::string{"orders="} + workers});
        REQUIRE_MESSAGE(scaled_to.code == 0, scaled_to.err);
        steady_load load{s.http_port(), 6};
        REQUIRE(load.wait_for_more(100));
        constexpr int rounds = 10;
        for (int round = 0; round < rounds; ++round) {
            const auto before = s.workers("users");
            const auto done = ask(s, {"restart", "users", "orders"});
            REQUIRE_MESSAGE(done.code == 0, done.err);
            for (const auto& old : before)
                CHECK_FALSE(alive(static_cast<pid_t>(old.at("pid").as_int64())));
            REQUIRE(load.wait_for_more(50));
        }
        check_nobody_noticed(s, load, rounds);
    }
    CHECK_EQ(up.stop(), 0);
    s.check_sound("users");
    s.check_sound("orders");
}

TEST_CASE("the gateway is replaced under load: no request fails, and no connection") {
    shop s;
    auto& up = s.start_up();
    steady_load load{s.http_port(), 6};
    REQUIRE(load.wait_for_more(100));
    constexpr int rounds = 10;
    for (int round = 0; round < rounds; ++round) {
        const auto done = ask(s, {"restart", "gateway"});
        REQUIRE_MESSAGE(done.code == 0, done.err);
        REQUIRE(load.wait_for_more(50));
    }
    check_nobody_noticed(s, load, rounds);
    CHECK_EQ(descendants(up.pid(), "postbus-gateway").size(), 1);
    CHECK_EQ(up.stop(), 0);
    CHECK_FALSE(http_connection{s.http_port()}.open());
}

TEST_CASE("the broker and then everything is restarted under load: no request fails") {
    shop s;
    const auto second = "tcp://127.0.0.1:" + std::to_string(free_ports(2));
    std::vector<std::string> more;
    SUBCASE("one broker") {}
    SUBCASE("two brokers, one by one") {
        more = {"--bus", second};
    }
    auto& up = s.start_up(more);
    steady_load load{s.http_port(), 6};
    REQUIRE(load.wait_for_more(100));
    for (const auto* what : {"broker", "all"}) {
        const auto done = ask(s, {"restart", what});
        REQUIRE_MESSAGE(done.code == 0, done.err);
        REQUIRE(load.wait_for_more(50));
    }
    check_nobody_noticed(s, load, 2);
    CHECK_EQ(up.stop(), 0);
}

TEST_CASE("a new worker that does not get ready is taken back, and the old one stays") {
    shop s;
    auto& up = s.start_up();
    const auto before = s.workers("users");
    steady_load load{s.http_port(), 4};
    REQUIRE(load.wait_for_more(50));

    // What starts from now on cannot read its settings.
    std::ofstream{s.folder() / "postbus.toml"} << "[services.users]\nslow-threads = 1000\n";
    const auto gave_up = ask(s, {"restart", "users", "--config", "/dev/null"});
    CHECK_EQ(gave_up.code, 1);
    CHECK_MESSAGE(gave_up.err.find("slow-threads") != std::string::npos, gave_up.err);
    CHECK_EQ(s.postbus({"status", "--config", "/dev/null", "--json"}).code, 0);

    const auto result = load.stop();
    CHECK_MESSAGE(result.failed.empty(), result.text());
    std::filesystem::remove(s.folder() / "postbus.toml");
    REQUIRE_EQ(s.workers("users").size(), 1);
    CHECK_EQ(s.workers("users")[0].at("pid"), before[0].at("pid"));
    CHECK_EQ(ask(s, {"restart", "users"}).code, 0);
    CHECK_EQ(up.stop(), 0);
}

TEST_CASE("a new worker that takes too long is taken back, and the old one stays") {
    shop s;
    auto& up = s.start_up();
    const auto before = s.workers("users");
    const auto late = ask(s, {"restart", "users", "--timeout", "1ms"});
    CHECK_EQ(late.code, 1);
    CHECK_MESSAGE(late.err.find("users.1") != std::string::npos, late.err);
    CHECK_MESSAGE(late.err.find("not ready within 1 ms") != std::string::npos, late.err);
    CHECK(eventually(5000ms, [&] { return s.workers("users").size() == 1; }));
    CHECK_EQ(s.workers("users")[0].at("pid"), before[0].at("pid"));
    CHECK_EQ(up.stop(), 0);
}

TEST_CASE("a running service is scaled up and down, to none and back") {
    shop s;
    auto& up = s.start_up();
    const auto scale = [&](const std::string& what) {
        const auto done = ask(s, {"scale", what});
        CHECK_MESSAGE(done.code == 0, done.err);
        return done.out;
    };
    CHECK_NE(scale("users=3").find("users.3"), std::string::npos);
    CHECK_EQ(s.workers("users").size(), 3);
    CHECK_EQ(descendants(up.pid(), "postbus-users").size(), 3);
    CHECK_NE(scale("users=3").find("0 processes changed"), std::string::npos);
    scale("users=0");
    CHECK(s.workers("users").empty());
    CHECK(descendants(up.pid(), "postbus-users").empty());
    scale("users=1");
    CHECK(s.wait_served({"/users"}));

    // What is scaled is kept alive like everything else.
    scale("users=2");
    for (const auto pid : descendants(up.pid(), "postbus-users")) kill(pid, SIGKILL);
    CHECK(eventually(5000ms, [&] { return s.workers("users").size() == 2; }));

    const auto unknown = ask(s, {"scale", "usrs=2"});
    CHECK_EQ(unknown.code, 1);
    CHECK_MESSAGE(unknown.err.find("'users'") != std::string::npos, unknown.err);
    CHECK_EQ(ask(s, {"scale", "users=65"}).code, 1);
    CHECK_EQ(ask(s, {"scale", "users"}).code, 2);
    CHECK_EQ(up.stop(), 0);
}

TEST_CASE("a restart that is interrupted finishes the process it is at, and no more") {
    shop s;
    auto& up = s.start_up({"--scale", "users=4"});
    REQUIRE(eventually(5000ms, [&] { return s.workers("users").size() == 4; }));
    const auto before = descendants(up.pid(), "postbus-users");
    // The old one cannot end while it is stopped: that is when the command is interrupted.
    for (const auto pid : before) kill(pid, SIGSTOP);
    auto& command = s.start_program("postbus", {"restart", "users", "--data", s.data().string()});
    const auto drains = [&] { return command.out().find("finishes") != std::string::npos; };
    const bool draining = eventually(10'000ms, drains);
    command.send(SIGINT);
    CHECK_EQ(command.wait(5000ms), 130);
    for (const auto pid : before) kill(pid, SIGCONT);
    REQUIRE(draining);
    CHECK_NE(command.err().find("interrupted"), std::string::npos);
    const auto left = [&] { return std::ranges::count_if(before, alive); };
    CHECK(eventually(10'000ms, [&] { return left() == 3; }));
    const auto after = ask(s, {"scale", "users=4"}); // answered only when nothing is under way
    CHECK_MESSAGE(after.code == 0, after.err);
    CHECK_EQ(left(), 3);
    CHECK_EQ(up.stop(), 0);
}

} // namespace postbus::tests
