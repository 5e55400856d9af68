// The connection to the database server is lost while a COMMIT is on its way: the worker cannot
// know whether it happened, and its caller must still get the right answer.

#include "tests/integration/commit_relay.hpp"
#include "tests/integration/load.hpp"
#include "tests/postgres_server.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

namespace postbus::tests {

namespace {

using cut = commit_relay::cut;

/// This service's database is reached through the relay; all others are as they were.
void send_through(const commit_relay& relay, const shop& s, const std::string& service) {
    std::ostringstream out;
    for (const auto* one : {"users", "orders", "probe"})
        out << "[services." << one << "]\ndb = \""
            << (one == service ? relay.url(s.database(one))
                               : postgres_server::shared().url(s.database(one)))
            << "\"\n";
    std::ofstream{s.folder() / "postbus.toml"} << out.str();
}

int times_in(const std::string& text, const std::string& part) {
    int count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

} // namespace

TEST_SUITE_BEGIN("torment");

TEST_CASE("a connection lost in a COMMIT: the write happens once, and is answered") {
    shop s{engine::postgresql};
    std::atomic<cut> next{cut::no};
    const commit_relay relay{postgres_server::shared().port(),
                             [&] { return next.exchange(cut::no); }};
    send_through(relay, s, "probe");
    s.start_broker();
    s.start_gateway();
    s.start_program("probe-service", {"--bus", s.bus()});
    REQUIRE(s.wait_served({"/notes"}));
    for (int round = 0; round < 5; ++round)
        for (const auto how : {cut::before, cut::after}) {
            const auto text =
                (how == cut::before ? "before-" : "after-") + std::to_string(round) + ';';
            CAPTURE(text);
            next = how;
            const auto answer = s.post("/notes", R"({"text":")" + text + "\"}");
            CHECK_MESSAGE(answer.status == 201, answer.body);
            CHECK(next.load() == cut::no);
            CHECK_EQ(times_in(s.get("/notes").body, text), 1);
            // What was committed is answered from its record, and what was not runs again.
            CHECK_EQ(times_in(read_file(s.folder() / "executions"), text),
                     how == cut::before ? 2 : 1);
        }
}

TEST_CASE("connections are lost in their COMMIT under write load: nothing is lost or doubled") {
    shop s{engine::postgresql};
    std::atomic<int> commits{0};
    const commit_relay relay{
        postgres_server::shared().port(), [&] {
            const int n = ++commits;
            return n % 14 == 0 ? cut::before : n % 14 == 7 ? cut::after : cut::no;
        }};
    send_through(relay, s, "orders");
    s.start();
    s.start_worker("orders");
    order_load load{s.http_port(), 8};
    REQUIRE(load.wait_for_more(500, 60'000ms));
    REQUIRE(eventually(60'000ms, [&] { return commits > 20 * 14; }));
    const auto done = load.stop();
    check_orders(s, done);
    CHECK(s.stop_everything());
}

TEST_SUITE_END();

} // namespace postbus::tests
