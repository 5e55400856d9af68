// A database server that is stopped, or whose host hangs: its kernel still takes what it is sent.

#include "tests/integration/load.hpp"
#include "tests/postgres_server.hpp"

#include <doctest/doctest.h>

#include <csignal>

namespace postbus::tests {

namespace {

/// The tests' server with all its processes, stopped while this lives.
class frozen_server {
public:
    frozen_server() : pids_{descendants(postgres_server::shared().pid())} {
        pids_.push_back(postgres_server::shared().pid());
        for (const auto one : pids_) ::kill(one, SIGSTOP);
    }
    ~frozen_server() {
        for (const auto one : pids_) ::kill(one, SIGCONT);
    }
    frozen_server(const frozen_server&) = delete;
    frozen_server& operator=(const frozen_server&) = delete;

private:
    std::vector<pid_t> pids_;
};

} // namespace

TEST_SUITE_BEGIN("torment");

TEST_CASE("a frozen database server: calls are refused in time, and nothing is lost or doubled") {
    shop s{engine::postgresql};
    s.start();
    auto& second = s.start_worker("orders");
    REQUIRE(eventually(5000ms, [&] { return s.workers("orders").size() == 2; }));
    order_load load{s.http_port(), 8};
    REQUIRE(load.wait_for_more(100));
    {
        const frozen_server frozen;
        // Who was in a COMMIT cannot be told, and waits for as long as it may.
        for (const auto* path : {"/orders", "/users"}) {
            const auto begun = clock::now();
            const auto read = s.get(path);
            CHECK(read.status >= 502);
            CHECK(read.status <= 504);
            CHECK_LT(clock::now() - begun, scaled(6000ms));
        }
        // Soon it is known, and nobody waits any more.
        http_response write;
        CHECK(eventually(10'000ms, [&] {
            write = s.post("/orders", R"({"user":1,"product":"Never"})");
            return write.status == 503;
        }));
        CHECK_MESSAGE(write.body.find(R"("outcome":"not-executed")") != std::string::npos,
                      write.body);
        CHECK_MESSAGE(write.body.find("the database server cannot be reached") != std::string::npos,
                      write.body);
        const auto begun = clock::now();
        CHECK_EQ(s.post("/orders", R"({"user":1,"product":"Never"})").status, 503);
        CHECK_LT(clock::now() - begun, scaled(3000ms));
        // The workers themselves live, and do as they are told.
        CHECK(eventually(5000ms, [&] { return s.workers("orders").size() == 2; }));
        CHECK(second.stop() == 0);
    }
    s.start_worker("orders");
    REQUIRE(load.wait_for_more(200));
    const auto done = load.stop();
    check_orders(s, done);
    CHECK_EQ(orders_by_product(s)["Never"], 0);
    CHECK(s.stop_everything());
}

TEST_SUITE_END();

} // namespace postbus::tests
