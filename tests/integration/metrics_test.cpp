// /metrics against what was really done.

#include "tests/integration/metrics_page.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <future>
#include <list>

namespace postbus::tests {

namespace {

using labels = metrics_page::labels;

const labels list_users{{"method", "GET"}, {"route", "/users"}, {"status", "2xx"}};
const labels no_route{{"route", "(none)"}, {"status", "4xx"}};

void publish_doors(shop& s, int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) lines += "{\"door\":1,\"n\":" + std::to_string(i) + "}\n";
    const auto done = s.postbus({"publish", "door.opened", "-"}, lines);
    CHECK_MESSAGE(done.code == 0, done.err);
}

process& start_probe(shop& s, const std::string& database = "probe.db") {
    return s.start_program("probe-service",
                           {"--bus", s.bus(), "--db", (s.folder() / database).string()});
}

} // namespace

TEST_CASE("each request is counted once: by the gateway, by the broker and by the worker") {
    shop s;
    s.start_broker();
    s.start_gateway();
    s.start_worker("users"); // alone: a reader of its events would call it too
    REQUIRE(s.wait_served({"/users"}));
    REQUIRE(eventually(10'000ms, [&] { return s.get("/nowhere").status == 404; }));
    const labels users{{"service", "users/1"}};
    auto before = metrics_page::fresh(s);
    REQUIRE(eventually(10'000ms, [&] { // what the worker tells comes once a second
        if (before.sum("postbus_worker_handler_seconds_count", users) ==
            before.sum("postbus_broker_requests_total", users))
            return true;
        before = metrics_page::fresh(s);
        return false;
    }));
    for (int i = 0; i < 20; ++i) CHECK_EQ(s.get("/users").status, 200);
    for (int i = 0; i < 3; ++i) CHECK_EQ(s.post("/users", R"({"name":"New"})").status, 201);
    for (int i = 0; i < 2; ++i) CHECK_EQ(s.get("/nowhere").status, 404);
    CHECK_EQ(s.get("/users/999").status, 404);
    auto after = metrics_page::fresh(s);
    const auto grown = [&](std::string_view name, const labels& which) {
        return after.sum(name, which) - before.sum(name, which);
    };
    CHECK(eventually(5000ms, [&] {
        if (grown("postbus_worker_handler_seconds_count", users) == 24) return true;
        after = metrics_page::fresh(s);
        return false;
    }));
    CHECK_EQ(grown("postbus_gateway_requests_total", list_users), 20);
    CHECK_EQ(grown("postbus_gateway_request_seconds_count", {{"route", "/users"}}), 23);
    CHECK_EQ(grown("postbus_gateway_requests_total", {{"method", "POST"}}), 3);
    CHECK_EQ(grown("postbus_gateway_requests_total", no_route), 2);
    CHECK_EQ(grown("postbus_gateway_refused_total", {{"reason", "not_found"}}), 2);
    CHECK_EQ(grown("postbus_gateway_requests_total", {{"route", "/users/{id}"}, {"status", "4xx"}}),
             1);
    CHECK_EQ(grown("postbus_gateway_bus_wait_seconds_count", {}), 24);
    CHECK_EQ(grown("postbus_broker_requests_total", users), 24);
    CHECK_EQ(grown("postbus_broker_replies_total", {{"service", "users/1"}, {"result", "ok"}}), 24);
    CHECK_EQ(grown("postbus_worker_writes_recorded_total", users), 3);
    CHECK_EQ(after.sum("postbus_gateway_open_calls"), 0);
    CHECK_EQ(after.sum("postbus_gateway_connects_total"), 1);
    CHECK_EQ(after.sum("postbus_gateway_services"), 1);
    CHECK_LT(after.sum("postbus_gateway_registry_age_seconds"), 5);
    // A request's time holds the bus's.
    CHECK_GE(after.sum("postbus_gateway_request_seconds_sum") + 0.0001,
             after.sum("postbus_gateway_bus_wait_seconds_sum"));
}

TEST_CASE("whichever thread of the gateway makes the page, it counts what all of them did") {
    shop s;
    s.start_broker();
    s.start_worker("users");
    s.start_program("postbus-gateway", {"--bus", s.bus(), "--http", s.http(), "--threads", "2"});
    REQUIRE(s.wait_served({"/users"}));
    const auto before = metrics_page::fresh(s).sum("postbus_gateway_requests_total", list_users);
    constexpr int wanted = 64; // connections: each thread gets some
    std::list<http_connection> all;
    for (int i = 0; i < wanted; ++i) {
        auto& one = all.emplace_back(s.http_port());
        REQUIRE(one.send_request("GET", "/users"));
        CHECK_EQ(one.receive().value().status, 200);
    }
    std::this_thread::sleep_for(1100ms); // so long one page is shown
    for (int i = 0; i < 8; ++i) {
        const auto page = metrics_page::of(s);
        CHECK_EQ(page.sum("postbus_gateway_requests_total", list_users) - before, wanted);
        CHECK_EQ(page.sum("postbus_gateway_request_seconds_count", {{"route", "/users"}}) - before,
                 wanted);
        CHECK_EQ(page.sum("postbus_gateway_connects_total"), 2);
        CHECK_GE(page.sum("postbus_gateway_open_connections"), wanted);
    }
}

TEST_CASE("a client that leaves before its answer is counted, and so is a call without a worker") {
    shop s;
    s.start_broker();
    s.start_gateway();
    auto& worker = start_probe(s);
    REQUIRE(s.wait_served({"/who"}));
    {
        http_connection leaves{s.http_port()};
        REQUIRE(leaves.send_request("GET", "/slow?ms=3000"));
        REQUIRE(eventually(5000ms, [&] {
            const auto known = s.workers("probe");
            return known.size() == 1 && known[0].at("in_flight").as_int64() == 1;
        }));
        CHECK_EQ(metrics_page::fresh(s).sum("postbus_gateway_open_calls"), 1);
    }
    worker.kill();
    CHECK_GE(s.get("/hurry").status, 500);
    const auto page = metrics_page::fresh(s);
    CHECK_EQ(page.sum("postbus_gateway_abandoned_total"), 1);
    CHECK_GE(page.sum("postbus_gateway_calls_failed_total"), 1);
    CHECK_GE(page.sum("postbus_gateway_requests_total", {{"route", "/hurry"}, {"status", "5xx"}}),
             1);
}

TEST_CASE("a worker killed in the middle of a call shows one redelivery and one lost worker") {
    shop s;
    s.start_broker();
    s.start_gateway();
    std::list<process*> workers{&start_probe(s), &start_probe(s)};
    REQUIRE(s.wait_served({"/who"}));
    REQUIRE(eventually(10'000ms, [&] { return s.workers("probe").size() == 2; }));
    auto answer = std::async(std::launch::async, [&] { return s.get("/slow?ms=2000"); });
    std::int64_t busy = 0;
    REQUIRE(eventually(5000ms, [&] {
        for (const auto& one : s.workers("probe"))
            if (one.at("in_flight").as_int64() == 1) busy = one.at("pid").as_int64();
        return busy != 0;
    }));
    for (auto* one : workers)
        if (one->pid() == busy) one->kill();
    const auto came = answer.get();
    CHECK_EQ(came.status, 200);
    CHECK_NE(parse_json(came.body).at("pid").as_int64(), busy);
    const auto page = metrics_page::fresh(s);
    CHECK_EQ(page.sum("postbus_broker_redeliveries_total", {{"service", "probe/1"}}), 1);
    CHECK_EQ(page.sum("postbus_broker_workers_lost_total",
                      {{"service", "probe/1"}, {"how", "unreachable"}}),
             1);
    CHECK_EQ(page.sum("postbus_broker_workers", {{"service", "probe/1"}, {"state", "ready"}}), 1);
    CHECK_EQ(page.count("postbus_worker_turns_total", {{"service", "probe/1"}}), 1);
}

TEST_CASE("a frozen worker misses heartbeats, and its calls are seen to go elsewhere") {
    shop s;
    s.start_broker();
    s.start_gateway();
    auto& worker = start_probe(s);
    REQUIRE(s.wait_served({"/who"}));
    worker.send(SIGSTOP);
    REQUIRE(eventually(10'000ms, [&] {
        return metrics_page::of(s).sum("postbus_broker_workers_lost_total", {{"how", "frozen"}}) ==
               1;
    }));
    CHECK_GE(metrics_page::of(s).sum("postbus_broker_heartbeats_missed_total"), 1);
    worker.send(SIGCONT);
    CHECK(eventually(10'000ms, [&] { return s.get("/who").status == 200; }));
}

TEST_CASE("the lag of events rises while their reader is stopped, and is gone when it has read") {
    shop s;
    s.start_broker();
    s.start_gateway();
    s.start_worker("journal");
    auto& reader = start_probe(s);
    REQUIRE(s.wait_served({"/who"}));
    publish_doors(s, 3);
    // From now on the log knows its reader.
    REQUIRE(eventually(20'000ms, [&] {
        const auto page = metrics_page::of(s);
        return page.count("postbus_worker_reader_lag_events", {{"reader", "probe"}}) == 1 &&
               page.sum("postbus_worker_reader_lag_events", {{"reader", "probe"}}) == 0;
    }));
    CHECK_EQ(metrics_page::fresh(s).sum("postbus_worker_event_lag_events", {{"source", "journal"}}),
             0);
    CHECK(reader.stop() == 0);
    publish_doors(s, 25);
    CHECK(eventually(10'000ms, [&] {
        return metrics_page::of(s).sum("postbus_worker_reader_lag_events", {{"reader", "probe"}}) ==
               25;
    }));
    // `postbus top` knows it from the log too: the reader itself is not there.
    const auto top = s.postbus({"top", "--once", "--json"});
    CHECK_NE(top.out.find(R"("lag":[{"source":"journal","events":25}])"), std::string::npos);
    start_probe(s);
    CHECK(eventually(20'000ms, [&] {
        const auto page = metrics_page::of(s);
        return page.sum("postbus_worker_reader_lag_events", {{"reader", "probe"}}) == 0 &&
               page.sum("postbus_worker_events_read_total", {{"source", "journal"}}) >= 25;
    }));
}

TEST_CASE("a service that goes takes its workers' series with it") {
    shop s;
    s.start();
    auto& worker = s.worker("users");
    REQUIRE(eventually(10'000ms, [&] {
        return metrics_page::of(s).count("postbus_worker_turns_total", {{"service", "users/1"}}) ==
               1;
    }));
    CHECK(worker.stop() == 0);
    const auto page = metrics_page::fresh(s);
    CHECK_EQ(page.count({{"program", "worker"}, {"service", "users/1"}}), 0);
    CHECK_EQ(page.sum("postbus_broker_workers", {{"service", "users/1"}}), 0);
    CHECK_EQ(page.sum("postbus_broker_workers", {{"service", "orders/1"}, {"state", "ready"}}), 1);
}

} // namespace postbus::tests
