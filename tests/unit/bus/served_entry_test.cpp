#include "bus/served_entry.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

namespace {

bus::registry_entry entry(std::uint32_t version, std::uint32_t workers, std::string operation) {
    bus::registry_entry out;
    out.description = {"orders", version, "x", {{.name = std::move(operation)}}};
    out.workers = workers;
    return out;
}

std::string served(std::vector<bus::registry_entry> all) {
    bus::registry_snapshot registry;
    registry.services = std::move(all);
    const auto* const found = bus::served_entry(registry, "orders.events");
    return found ? found->description.key() : "";
}

} // namespace

TEST_CASE("an operation of a service is called in a version that has workers, if any has") {
    const std::string events = "orders.events";
    CHECK_EQ(served({}), "");
    CHECK_EQ(served({entry(1, 0, events)}), "orders/1");
    CHECK_EQ(served({entry(1, 0, events), entry(2, 1, events)}), "orders/2");
    CHECK_EQ(served({entry(1, 1, events), entry(2, 1, events)}), "orders/1");
    CHECK_EQ(served({entry(1, 1, "orders.list"), entry(2, 0, events)}), "orders/2");
}

} // namespace postbus::tests
