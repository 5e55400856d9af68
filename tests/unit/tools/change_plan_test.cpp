#include "tools/change_plan.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace postbus::tools;

namespace {

using step = change_step::kind;

const stack_options options{.brokers = {postbus::bus::endpoint{}},
                            .workers = {{"orders", 1}, {"users", 2}}};
const std::vector<std::string> programs{"catalog", "orders", "users"};

std::vector<placed_program> running() {
    std::vector<placed_program> out;
    for (auto& one : plan_stack(options)) out.push_back({out.size(), std::move(one)});
    return out;
}

/// "replace users.1, add users.3"
std::string text(const planned_change& change) {
    constexpr std::array words{"replace", "add", "remove", "bounce"};
    if (!change.refusal.empty()) return change.refusal;
    std::string out;
    for (const auto& one : change.steps) {
        if (!out.empty()) out += ", ";
        out += words.at(static_cast<std::size_t>(one.what)) + (' ' + one.name);
    }
    return out;
}

std::string restart(const std::vector<std::string>& names) {
    return text(plan_restart(running(), names));
}

std::string scale(const std::map<std::string, std::int64_t>& wanted) {
    return text(plan_scale(running(), options, wanted, programs));
}

} // namespace

TEST_CASE("services, processes, broker and gateway are restarted by their names, all by one") {
    CHECK(restart({"users"}) == "replace users.1, replace users.2");
    CHECK(restart({"users.2"}) == "replace users.2");
    CHECK(restart({"users", "users.2", "orders"}) ==
          "replace orders.1, replace users.1, replace users.2");
    CHECK(restart({"gateway", "broker"}) == "bounce broker, replace gateway");
    CHECK(restart({"all"}) ==
          "bounce broker, replace orders.1, replace users.1, replace users.2, replace gateway");
}

TEST_CASE("a new gateway is told that another one is still there") {
    const auto change = plan_restart(running(), {"gateway"});
    REQUIRE(change.steps.size() == 1);
    REQUIRE(change.steps[0].plan);
    CHECK(change.steps[0].plan->first_time == std::vector<std::string>{"--take-over"});
}

TEST_CASE("who is not there is named, with the nearest who is") {
    CHECK(restart({"ordres"}) ==
          "nothing here is called 'ordres'; the nearest known one is 'orders'");
    CHECK(restart({}).starts_with("name what is to be restarted"));
}

TEST_CASE("a service is scaled up into the lowest free numbers and down from the highest") {
    CHECK(scale({{"users", 4}}) == "add users.3, add users.4");
    CHECK(scale({{"users", 0}, {"orders", 2}}) == "add orders.2, remove users.2, remove users.1");
    CHECK(scale({{"users", 2}}).empty());
    CHECK(scale({{"catalog", 1}}) == "add catalog.1");

    auto stack = running();
    std::erase_if(stack, [](const auto& one) { return one.plan.name == "users.1"; });
    CHECK(text(plan_scale(stack, options, {{"users", 3}}, programs)) == "add users.1, add users.3");
}

TEST_CASE("a scaled worker is started like those of the beginning") {
    const auto change = plan_scale(running(), options, {{"users", 3}}, programs);
    REQUIRE(change.steps.size() == 1);
    CHECK(change.steps[0].plan == plan_worker(options, "users", 3));
}

TEST_CASE("unknown services and impossible numbers are refused") {
    CHECK(scale({{"usrs", 1}}) == "there is no service 'usrs'; the nearest known one is 'users'");
    CHECK(scale({{"users", 65}}) == "users=65: must be from 0 to 64");
    CHECK(scale({{"users", -1}}) == "users=-1: must be from 0 to 64");
    CHECK(scale({}).starts_with("say how many"));
}
