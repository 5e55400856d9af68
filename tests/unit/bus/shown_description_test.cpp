#include "bus/shown_description.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace postbus::bus {

namespace {

operation make(const std::string& name) {
    operation out;
    out.name = name;
    out.method = "GET";
    out.path = '/' + name;
    out.safe = true;
    return out;
}

service_description with(std::vector<operation> operations) {
    return {"users", 1, "db-1", std::move(operations)};
}

/// In every order; they must not differ.
service_description shown(std::vector<service_description> all) {
    std::vector<const service_description*> order;
    for (const auto& one : all) order.push_back(&one);
    std::ranges::sort(order);
    auto first = shown_description(order);
    while (std::ranges::next_permutation(order).found) CHECK(shown_description(order) == first);
    return first;
}

std::string names(const service_description& service) {
    std::string out;
    for (const auto& one : service.operations) out += (out.empty() ? "" : " ") + one.name;
    return out;
}

} // namespace

TEST_CASE("workers that say the same are shown as they say") {
    const auto one = with({make("users.list"), make("users.get")});
    CHECK(shown({one}) == one);
    CHECK(shown({one, one}) == one);
}

TEST_CASE("an operation is shown when every worker has it") {
    const auto old = with({make("users.list"), make("users.old")});
    const auto fresh = with({make("users.new"), make("users.list")});
    CHECK(names(shown({old, fresh})) == "users.list");
    CHECK(names(shown({old, fresh, with({})})).empty());
}

TEST_CASE("an operation described in two ways is safe for callers of either worker") {
    auto quick = make("users.list");
    quick.time_limit_ms = 1000;
    quick.fields = {"if-match"};
    quick.terminal_states = {"done"};
    auto careful = make("users.list");
    careful.safe = false;
    careful.slow = true;
    careful.time_limit_ms = 9000;
    careful.fields = {"accept-language"};
    careful.terminal_states = {"done", "failed"};
    const auto both = shown({with({quick}), with({careful})}).operations.at(0);
    CHECK_FALSE(both.safe);
    CHECK(both.slow);
    CHECK(both.time_limit_ms == 9000);
    CHECK(both.fields == std::vector<std::string>{"accept-language", "if-match"});
    CHECK(both.terminal_states == std::vector<std::string>{"done", "failed"});
}

TEST_CASE("a field that only some workers know is not promised, whoever was first") {
    auto narrow = make("users.list");
    narrow.request_schema = R"({"limit":{}})";
    auto wide = narrow;
    wide.request_schema = R"({"limit":{},"sort":{}})";
    CHECK(shown({with({narrow}), with({wide})}).operations.at(0).request_schema ==
          narrow.request_schema);
}

} // namespace postbus::bus
