#include "tools/load_meter.hpp"

#include "bus/metric_report.hpp"
#include "schemas/codec.hpp"
#include "tools/load_table.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace postbus;
using namespace std::chrono_literals;

namespace {

const std::chrono::steady_clock::time_point start{1h};

bus::broker_answer answer(std::uint16_t port, const bus::broker_metrics& told,
                          std::chrono::milliseconds after = 0ms) {
    return {.where = {.host = "127.0.0.1", .port = port},
            .answered = true,
            .at = start + after,
            .body = schemas::encode(told)};
}

/// So many calls since its start, each of 1 ms.
bus::broker_metrics broker(std::uint64_t calls, std::uint64_t incarnation = 1) {
    bus::broker_metrics out{.incarnation = incarnation, .report = {}, .workers = {}};
    bus::log_histogram times;
    for (std::uint64_t i = 0; i < calls; ++i) times.count(1000);
    out.report.add("postbus_broker_requests_total", {"users/1", "quick"}, calls);
    out.report.add("postbus_broker_refused_total", {"users/1", "queue_full"}, calls / 10);
    out.report.add("postbus_broker_call_seconds", {"users/1", "quick"}, times);
    out.report.add("postbus_broker_queue_calls", {"users/1", "quick"}, 3);
    out.report.add("postbus_broker_queue_calls", {"users/1", "redelivery"}, 1);
    out.report.add("postbus_broker_expected_wait_seconds", {"users/1", "quick"}, 2500);
    out.report.add("postbus_broker_workers", {"users/1", "ready"}, 2);
    out.report.add("postbus_broker_workers", {"users/1", "draining"}, 1);
    return out;
}

bus::kept_metrics worker(const std::string& service, bus::metric label, const std::string& value,
                         std::uint64_t events) {
    bus::worker_metrics told{.number = 1, .report = {}};
    told.report.add(label, {value}, events);
    return {service, service + " a", schemas::encode(told)};
}

} // namespace

TEST_CASE("rates are what came between two answers, of all brokers together") {
    tools::load_meter meter;
    const auto first = meter.read(std::vector{answer(5550, broker(100)), answer(5552, broker(0))});
    REQUIRE_EQ(first.services.size(), 1);
    CHECK_EQ(first.services[0].calls_per_second, 0); // a start is no rate
    const auto all =
        meter.read(std::vector{answer(5550, broker(300), 2s), answer(5552, broker(50), 2s)});
    const auto& users = all.services.at(0);
    CHECK_EQ(users.calls_per_second, 125);
    CHECK_EQ(users.refused_per_second, 12.5);
    CHECK(users.p50_ms.value() == doctest::Approx(0.9).epsilon(0.2));
    CHECK_EQ(users.queued, 8);
    CHECK_EQ(users.wait_ms, 2.5);
    CHECK_EQ(users.workers, 3); // each knows both brokers
    CHECK_EQ(users.draining, 1);
    CHECK_EQ(all.total.calls_per_second, 125);
}

TEST_CASE("a broker that missed an answer has its rate over the longer time; a new one from zero") {
    tools::load_meter meter;
    meter.read(std::vector{answer(5550, broker(100))});
    bus::broker_answer silent;
    silent.where = {.host = "127.0.0.1", .port = 5550};
    silent.error = bus::errc::expired;
    const auto none = meter.read(std::vector{silent});
    CHECK_FALSE(none.brokers.at(0).answered);
    CHECK_EQ(none.brokers[0].problem, "no broker answers at tcp://127.0.0.1:5550");
    CHECK(none.services.empty());
    const auto back = meter.read(std::vector{answer(5550, broker(300), 2s)});
    CHECK_EQ(back.services.at(0).calls_per_second, 100);
    const auto fresh = meter.read(std::vector{answer(5550, broker(40, 2), 3s)});
    CHECK_EQ(fresh.services.at(0).calls_per_second, 40);
}

TEST_CASE("each broker's rate is over its own time, however long the others took to answer") {
    tools::load_meter meter;
    meter.read(std::vector{answer(5550, broker(0)), answer(5552, broker(0), 1000ms)});
    const auto all =
        meter.read(std::vector{answer(5550, broker(200), 2000ms), answer(5552, broker(5), 1050ms)});
    CHECK_EQ(all.total.calls_per_second, doctest::Approx(100 + 100));
}

TEST_CASE("a service that goes takes its calls to the others, and back: that is no traffic") {
    const auto others = [](std::uint64_t calls) {
        bus::broker_metrics out{.incarnation = 1, .report = {}, .workers = {}};
        out.report.add("postbus_broker_requests_total", {"(others)", "quick"}, calls);
        return out;
    };
    auto there = broker(500);
    there.report.add("postbus_broker_requests_total", {"(others)", "quick"}, 10);
    tools::load_meter meter;
    meter.read(std::vector{answer(5550, there)});
    CHECK_EQ(meter.read(std::vector{answer(5550, others(510), 1s)}).total.calls_per_second, 0);
    CHECK_EQ(meter.read(std::vector{answer(5550, others(514), 2s)}).total.calls_per_second, 4);
    CHECK_EQ(meter.read(std::vector{answer(5550, there, 3s)}).total.calls_per_second, 0);
}

TEST_CASE("lag is what the reader's workers know, or the log when there is none") {
    auto told = broker(0);
    const auto log = worker("users/1", "postbus_worker_reader_lag_events", "orders", 70);
    told.report.add("postbus_broker_workers", {"orders/1", "ready"}, 0);
    told.workers = {log};
    tools::load_meter meter;
    const auto alone = meter.read(std::vector{answer(5550, told)});
    REQUIRE_EQ(alone.services.at(0).service, "orders/1");
    REQUIRE_EQ(alone.services[0].lag.size(), 1);
    CHECK_EQ(alone.services[0].lag[0].source, "users");
    CHECK_EQ(alone.services[0].lag[0].events, 70);
    told.workers = {log, worker("orders/1", "postbus_worker_event_lag_events", "users", 5)};
    const auto both = meter.read(std::vector{answer(5550, told, 1s)});
    CHECK_EQ(both.services.at(0).lag.at(0).events, 5);
}

TEST_CASE("a table fits its room: the busiest services stay, and it says how many do not") {
    tools::bus_load load;
    load.brokers = {{"tcp://127.0.0.1:5550", true, {}}};
    for (int i = 0; i < 10; ++i) {
        tools::service_load one;
        one.service = "service-" + std::to_string(i) + "/1";
        one.calls_per_second = i % 3 * 100;
        load.services.push_back(one);
    }
    const auto text = tools::load_table(load, "12:00:00", {.columns = 40, .lines = 6});
    std::istringstream lines{text};
    std::vector<std::string> all;
    for (std::string line; std::getline(lines, line);) all.push_back(line);
    REQUIRE_EQ(all.size(), 6);
    for (const auto& one : all) CHECK_LE(one.size(), 40);
    CHECK(all[2].starts_with("service-2/1"));
    CHECK(all[3].starts_with("service-5/1"));
    CHECK(all[4].starts_with("service-8/1"));
    CHECK_EQ(all[5], "and 7 more");
    const auto whole = tools::load_table(load, "12:00:00");
    CHECK_NE(whole.find("service-9/1"), whole.npos);
    CHECK_EQ(whole.find("more"), whole.npos);
}

TEST_CASE("a broker without an answer is named above the table") {
    tools::bus_load load;
    load.brokers = {{"tcp://127.0.0.1:5550", true, {}},
                    {"tcp://127.0.0.1:5552", false, "who are you?"}};
    const auto text = tools::load_table(load, "12:00:00");
    CHECK_NE(text.find("brokers 1 of 2"), text.npos);
    CHECK_NE(text.find("\nwho are you?\n"), text.npos);
}
