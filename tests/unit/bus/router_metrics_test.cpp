#include "schemas/codec.hpp"
#include "tests/unit/bus/router_room.hpp"

#include <doctest/doctest.h>

#include <set>

namespace postbus::bus::tests {

namespace {

constexpr peer_id caller{1};
constexpr peer_id worker{2};

std::int64_t value(const metric_report& all, std::string_view name,
                   const std::vector<std::string>& labels) {
    const auto* family = all.find(name);
    if (family == nullptr) return -1;
    for (const auto& one : family->series)
        if (one.labels == labels) return one.value;
    return -1;
}

broker_metrics ask(router_room& room) {
    const auto meta = schemas::encode(call_meta{.operation = "broker.metrics"});
    room.taken();
    room.receive(caller, {.kind = kind::request, .slot = 5, .id = {9, 9}, .service = "broker/1"},
                 meta);
    const auto sent = room.taken();
    REQUIRE_EQ(sent.size(), 1);
    return schemas::decode<broker_metrics>(sent[0].body).value();
}

} // namespace

TEST_CASE("the router counts what becomes of calls") {
    router_options options;
    options.queue.calls = 1;
    router_room room{options};
    room.settle();
    auto said = make_ready("a");
    said.credits = 1;
    room.join(worker, said);
    room.request(caller, 1);
    room.request(caller, 2); // waits
    room.request(caller, 3); // one too many
    const auto sent = room.taken();
    room.now += 40ms;
    room.reply(worker, sent[0]);
    const auto all = room.router().metrics(room.now);
    CHECK_EQ(value(all, "postbus_broker_requests_total", {users, "quick"}), 2);
    CHECK_EQ(value(all, "postbus_broker_refused_total", {users, "queue_full"}), 1);
    CHECK_EQ(value(all, "postbus_broker_replies_total", {users, "ok"}), 1);
    CHECK_EQ(value(all, "postbus_broker_in_flight_calls", {users, "quick"}), 1);
    CHECK_EQ(value(all, "postbus_broker_queue_wait_seconds", {users, "quick"}), 40'000);
    CHECK_EQ(value(all, "postbus_broker_call_seconds", {users, "quick"}), 40'000);
    CHECK_EQ(value(all, "postbus_broker_workers", {users, "ready"}), 1);
    room.lost(worker);
    const auto later = room.router().metrics(room.now);
    CHECK_EQ(value(later, "postbus_broker_redeliveries_total", {users}), 1);
    CHECK_EQ(value(later, "postbus_broker_workers_lost_total", {users, "unreachable"}), 1);
    CHECK_EQ(value(later, "postbus_broker_queue_calls", {users, "redelivery"}), 1);
}

TEST_CASE("what a worker tells of itself is shown until the worker is lost") {
    router_room room;
    room.settle();
    room.join(worker, make_ready("a"));
    CHECK(ask(room).workers.empty());
    room.receive(worker, {.kind = kind::heartbeat, .service = users}, "its metrics");
    room.receive(worker, {.kind = kind::heartbeat, .service = users}); // an answer to a ping
    const auto told = ask(room);
    REQUIRE_EQ(told.workers.size(), 1);
    CHECK_EQ(told.workers[0].service, users);
    CHECK_EQ(told.workers[0].instance, "a");
    CHECK_EQ(told.workers[0].metrics, "its metrics");
    room.lost(worker);
    CHECK(ask(room).workers.empty());
}

TEST_CASE("a worker's metrics that are too long are not kept, and counted") {
    router_room room;
    room.settle();
    room.join(worker, make_ready("a"));
    const std::string long_one(max_worker_metrics + 1, 'x');
    room.receive(worker, {.kind = kind::heartbeat, .service = users}, long_one);
    const auto told = ask(room);
    CHECK(told.workers.empty());
    CHECK_EQ(value(told.report, "postbus_broker_worker_reports_dropped_total", {}), 1);
}

TEST_CASE("the series of a broker have a bound however many services there are") {
    router_room room;
    room.settle();
    for (std::uint32_t i = 0; i < 300; ++i) {
        const auto number = std::to_string(i);
        room.join(peer_id{100 + i}, make_ready(number, "service-" + number));
    }
    std::set<std::string> services;
    const auto all = room.router().metrics(room.now);
    for (const auto& one : all.find("postbus_broker_workers")->series)
        services.insert(one.labels[0]);
    CHECK_EQ(services.size(), 201); // 200 by themselves, and the others together
    CHECK_EQ(value(all, "postbus_broker_workers", {std::string{other_label}, "ready"}), 100);
}

} // namespace postbus::bus::tests
