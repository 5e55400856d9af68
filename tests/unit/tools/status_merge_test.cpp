#include "tools/status_merge.hpp"

#include "schemas/json_write.hpp"

#include <doctest/doctest.h>

using namespace postbus;

namespace {

bus::broker_answer answer(std::uint16_t port, const bus::broker_status& told) {
    return {.where = {.host = "127.0.0.1", .port = port},
            .answered = true,
            .error = bus::errc::ok,
            .body = schemas::to_json(told)};
}

} // namespace

TEST_CASE("what several brokers know is one list, with a worker of all of them once") {
    bus::broker_status one{"a", 1, 100, {{"users", 1, 2, {{"w1", 10, 256, 3, "ready"}}}}};
    bus::broker_status other{
        "b",
        2,
        200,
        {{"orders", 1, 0, {}},
         {"users", 1, 5, {{"w2", 11, 256, 1, "ready"}, {"w1", 10, 256, 4, "draining"}}}}};
    const auto all = tools::merge_status(std::vector{answer(5550, one), answer(5552, other)});
    REQUIRE_EQ(all.services.size(), 2);
    CHECK_EQ(all.services[1].queued, 7);
    REQUIRE_EQ(all.services[1].workers.size(), 2);
    CHECK_EQ(all.services[1].workers[0].id, "w1");
    CHECK_EQ(all.services[1].workers[0].credits, 512);
    CHECK_EQ(all.services[1].workers[0].in_flight, 7);
    CHECK_EQ(all.services[1].workers[0].state, "draining");
    CHECK_EQ(all.services[0].name, "orders");
    CHECK_EQ(all.brokers[1].pid, 2);
}

TEST_CASE("a broker without an answer, or with one that cannot be read, is named as such") {
    bus::broker_answer silent;
    silent.where.port = 5550;
    auto odd = answer(5552, {});
    odd.body = "[";
    const auto all = tools::merge_status(std::vector{silent, odd, answer(5554, {})});
    REQUIRE_EQ(all.brokers.size(), 3);
    CHECK_FALSE(all.brokers[0].answered);
    CHECK_EQ(all.brokers[0].address, "tcp://127.0.0.1:5550");
    CHECK_FALSE(all.brokers[1].answered);
    CHECK(all.brokers[2].answered);
}
