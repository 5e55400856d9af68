#include "tools/find_operation.hpp"
#include "tools/readiness.hpp"

#include <doctest/doctest.h>

using namespace postbus;

namespace {

bus::registry_entry entry(std::string name, std::vector<bus::operation> operations,
                          std::uint32_t workers) {
    bus::registry_entry out;
    out.description.name = std::move(name);
    out.description.operations = std::move(operations);
    out.workers = workers;
    return out;
}

bus::operation operation(std::string name, std::string method, std::string path, bool safe) {
    bus::operation out;
    out.name = std::move(name);
    out.method = std::move(method);
    out.path = std::move(path);
    out.safe = safe;
    return out;
}

bus::registry_snapshot registry(std::uint32_t users, std::uint32_t orders) {
    bus::registry_snapshot out;
    out.services = {
        entry("users",
              {operation("users.create", "POST", "/users", false),
               operation("users.get", "GET", "/users/{id}", true),
               operation("users.list", "GET", "/users", true)},
              users),
        entry("orders", {operation("orders.get", "GET", "/orders/{id}", true)}, orders)};
    return out;
}

} // namespace

TEST_CASE("an operation is found with the service that announces it") {
    const auto found = tools::find_operation(registry(1, 1), "users.list");
    REQUIRE(found);
    CHECK(found->service == "users/1");
    CHECK(found->operation.path == "/users");
    CHECK_FALSE(tools::find_operation(registry(1, 1), "users.lst"));
    CHECK(tools::operation_names(registry(1, 1)).size() == 4);
}

TEST_CASE("what several brokers know is one registry: of each service, whoever has more workers") {
    auto all = registry(1, 0);
    tools::add_to(all, registry(0, 2));
    bus::registry_snapshot other;
    other.services = {entry("stock", {operation("stock.get", "GET", "/stock", true)}, 1)};
    tools::add_to(all, other);
    REQUIRE(all.services.size() == 3);
    CHECK(all.services[0].workers == 1);
    CHECK(all.services[1].workers == 2);
    CHECK(tools::find_operation(all, "stock.get"));
}

TEST_CASE("a stack is ready to be asked when every planned worker has announced itself") {
    const tools::stack_options options{.brokers = {}, .workers = {{"users", 2}, {"orders", 1}}};
    CHECK_FALSE(tools::paths_to_probe({}, options, true));
    CHECK_FALSE(tools::paths_to_probe(registry(2, 0), options, true));
    CHECK_FALSE(tools::paths_to_probe(registry(1, 1), options, false));
    // orders has no operation that could be asked without parameters
    CHECK(tools::paths_to_probe(registry(2, 1), options, false) ==
          std::vector<std::string>{"/users"});
    CHECK(tools::paths_to_probe(registry(1, 1), options, true) ==
          std::vector<std::string>{"/users"});
}

TEST_CASE("a service that is planned without workers is not waited for") {
    const tools::stack_options options{.brokers = {}, .workers = {{"users", 1}, {"mail", 0}}};
    CHECK(tools::paths_to_probe(registry(1, 0), options, false).has_value());
}
