#include "tests/integration/load.hpp"
#include "tests/integration/sqlite.hpp"

#include <doctest/doctest.h>

#include <csignal>

namespace postbus::tests {

namespace {

process& start_probe(shop& s) {
    auto& started =
        s.start_program("probe-service", {"--bus", s.bus(), "--data", s.data().string()});
    REQUIRE(s.wait_served({"/notes"}));
    return started;
}

std::size_t count_notes(shop& s, std::string_view text) {
    std::size_t count = 0;
    const auto notes = parse_json(s.get("/notes").body);
    for (const auto& note : notes.as_array())
        count += std::string_view{note.at("text").as_string()} == text;
    return count;
}

} // namespace

TEST_CASE("a worker frozen under load delays its requests, and nothing is lost or doubled") {
    shop s;
    s.start();
    auto& frozen = s.worker("orders");
    s.start_worker("orders");
    REQUIRE(eventually(5000ms, [&] { return s.workers("orders").size() == 2; }));
    order_load load{s.http_port(), 8};
    REQUIRE(load.wait_for_more(100));
    for (int round = 0; round < 2; ++round) {
        frozen.send(SIGSTOP);
        // Its calls stall until it counts as frozen; then the other worker has them all.
        REQUIRE(load.wait_for_more(300));
        frozen.send(SIGCONT);
        REQUIRE(load.wait_for_more(100));
    }
    const auto done = load.stop();
    check_orders(s, done);
    for (const auto& order : done)
        if (order.status != 201) FAIL_CHECK(order.product, ": ", order.status, ' ', order.body);
    CHECK(s.stop_everything());
    CHECK_EQ(integrity(s.data() / "orders.db"), "ok");
}

TEST_CASE("a worker frozen while it holds the write lock does not stop its service") {
    shop s;
    s.start_broker();
    s.start_gateway();
    auto& first = start_probe(s);
    // Stops itself in the middle of its transaction, and is the only one there at that moment.
    http_connection connection{s.http_port()};
    connection.send_request("POST", "/notes", R"({"text":"frozen","freeze":true})");
    REQUIRE(eventually(5000ms, [&] {
        return read_file(s.folder() / "executions").find("frozen") != std::string::npos;
    }));
    start_probe(s);
    // Whoever waits for the lock for 2 s ends its holder.
    CHECK(eventually(15'000ms,
                     [&] { return s.post("/notes", R"({"text":"after"})").status == 201; }));
    CHECK(first.wait(5000ms) == -SIGKILL);
    const auto answer = connection.receive();
    REQUIRE(answer);
    CHECK_EQ(answer->status, 201); // it ran again elsewhere, to the end
    CHECK_EQ(count_notes(s, "frozen"), 1);
    CHECK_GE(count_notes(s, "after"), 1);
}

TEST_CASE("a worker that thaws after its call was answered elsewhere changes nothing") {
    shop s;
    s.start_broker();
    s.start_gateway();
    auto& first = start_probe(s);
    http_connection connection{s.http_port()};
    connection.send_request("POST", "/notes", R"({"text":"once","sleep_ms":200})");
    REQUIRE(eventually(5000ms, [&] {
        return read_file(s.folder() / "executions").find("once") != std::string::npos;
    }));
    first.send(SIGSTOP);
    start_probe(s);
    const auto answer = connection.receive();
    REQUIRE(answer);
    first.send(SIGCONT);
    CHECK(eventually(3000ms, [&] { return s.get("/notes").status == 200; }));
    const auto written = count_notes(s, "once");
    if (answer->status == 201) CHECK_EQ(written, 1);
    CHECK_LE(written, 1);
}

} // namespace postbus::tests
