// What only a database on a server can suffer: it restarts, it goes away, connections are cut.

#include "tests/integration/load.hpp"
#include "tests/postgres_server.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <fstream>

namespace postbus::tests {

namespace {

postgres_server& server() {
    return postgres_server::shared();
}

/// Cuts every connection to the orders; how many there were.
int cut_connections(const shop& s) {
    return std::stoi(server().ask("postgres", "SELECT count(pg_terminate_backend(pid)) "
                                              "FROM pg_stat_activity WHERE datname = '" +
                                                  s.database("orders") + "'"));
}

/// Every worker has found its server again.
bool read_often(shop& s) {
    for (int i = 0; i < 20; ++i)
        if (s.get("/orders").status != 200) return false;
    return true;
}

} // namespace

TEST_SUITE_BEGIN("torment");

TEST_CASE(
    "the database server crashes and comes back under write load: nothing is lost or doubled") {
    shop s{engine::postgresql};
    s.start();
    s.start_worker("orders");
    order_load load{s.http_port(), 8};
    for (int round = 0; round < 4; ++round) {
        REQUIRE(load.wait_for_more(150));
        server().stop_immediately();
        server().start();
    }
    REQUIRE(load.wait_for_more(150));
    const auto done = load.stop();
    REQUIRE(eventually(5000ms, [&] { return read_often(s); }));
    check_orders(s, done);
    CHECK(s.worker("orders").running());
    CHECK(s.stop_everything());
}

TEST_CASE("connections are cut over and over under write load: nothing is lost or doubled") {
    shop s{engine::postgresql};
    s.start();
    s.start_worker("orders");
    order_load load{s.http_port(), 8};
    int cut = 0;
    for (int round = 0; round < 40; ++round) {
        REQUIRE(load.wait_for_more(10));
        cut += cut_connections(s);
    }
    REQUIRE(load.wait_for_more(150));
    const auto done = load.stop();
    CHECK_GE(cut, 40);
    check_orders(s, done);
    // The server was there all the time: only who met two cuts was sent away.
    const auto refused = std::count_if(done.begin(), done.end(),
                                       [](const auto& order) { return order.status != 201; });
    CHECK_LT(refused, cut / 8);
    CHECK(s.stop_everything());
}

TEST_CASE("while the database server is away calls are refused, and then all goes on") {
    shop s{engine::postgresql};
    s.start();
    server().stop_immediately();
    const auto write = s.post("/orders", R"({"user":1,"product":"Never"})");
    CHECK_EQ(write.status, 503);
    CHECK_NE(write.body.find(R"("outcome":"not-executed")"), std::string::npos);
    const auto read = s.get("/orders");
    CHECK_EQ(read.status, 503);
    CHECK_NE(read.body.find("the database server cannot be reached"), std::string::npos);
    auto& late = s.start_worker("orders");
    const auto says = [&] { return late.err().find("waiting for the database"); };
    CHECK(eventually(5000ms, [&] { return says() != std::string::npos; }));
    server().start();
    CHECK(s.wait_served({"/users", "/orders"}));
    CHECK(eventually(5000ms, [&] { return s.workers("orders").size() == 2; }));
    CHECK_EQ(s.post("/orders", R"({"user":1,"product":"Now"})").status, 201);
    CHECK_EQ(orders_by_product(s)["Never"], 0);
    const auto said = late.err();
    CHECK_EQ(said.find("waiting for the database"), said.rfind("waiting for the database"));
    CHECK(s.stop_everything());
}

TEST_CASE("a worker frozen while it holds the server's write lock stops nobody, and comes back") {
    shop s{engine::postgresql};
    s.start_broker();
    s.start_gateway();
    const auto start_probe = [&]() -> process& {
        auto& started = s.start_program("probe-service", {"--bus", s.bus()});
        REQUIRE(s.wait_served({"/notes"}));
        return started;
    };
    auto& first = start_probe();
    // Stops itself in the middle of its transaction, and is the only one there at that moment.
    http_connection connection{s.http_port()};
    connection.send_request("POST", "/notes", R"({"text":"frozen","freeze":true})");
    REQUIRE(eventually(5000ms, [&] {
        return read_file(s.folder() / "executions").find("frozen") != std::string::npos;
    }));
    start_probe();
    CHECK(eventually(15'000ms,
                     [&] { return s.post("/notes", R"({"text":"after"})").status == 201; }));
    const auto answer = connection.receive();
    REQUIRE(answer);
    CHECK_EQ(answer->status, 201); // it ran again elsewhere, to the end
    first.send(SIGCONT);
    CHECK(eventually(5000ms, [&] { return s.workers("probe").size() == 2; }));
    for (int i = 0; i < 20; ++i) CHECK_EQ(s.post("/notes", R"({"text":"thawed"})").status, 201);
    int frozen = 0;
    const auto notes = parse_json(s.get("/notes").body);
    for (const auto& note : notes.as_array()) frozen += note.at("text").as_string() == "frozen";
    CHECK_EQ(frozen, 1);
}

TEST_CASE("a password in the settings is shown nowhere") {
    shop s{engine::postgresql};
    const auto url = server().url(s.database("orders"));
    const auto with_password = [&](std::string name) {
        auto out = url;
        out.replace(out.find("postgres@"), 9, "postgres:hush" + name + "@");
        return out;
    };
    std::ofstream{s.folder() / "postbus.toml"}
        << "[services.users]\nworkers = 0\n[services.orders]\ndb = \"" << with_password("1")
        << "\"\n";
    auto& up = s.start_up();
    CHECK_EQ(s.get("/orders").status, 200);
    for (const auto pid : descendants(up.pid()))
        CHECK_EQ(read_file("/proc/" + std::to_string(pid) + "/cmdline").find("hush"),
                 std::string::npos);
    server().stop_immediately();
    CHECK_EQ(s.get("/orders").status, 503);
    server().start();
    const auto status = s.postbus({"status", "--json"});
    CHECK_EQ((up.out() + up.err() + status.out).find("hush"), std::string::npos);
    CHECK_NE((up.out() + up.err()).find("postgresql://postgres@127.0.0.1"), std::string::npos);
}

TEST_SUITE_END();

} // namespace postbus::tests
