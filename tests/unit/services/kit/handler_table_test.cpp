#include "tests/unit/services/kit/probe.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

namespace postbus::tests {

namespace {

struct other_store {
    explicit other_store(kit::sql&) {}
};

kit::result<note> in_other(other_store&, const add_note&) {
    return note{};
}

} // namespace

TEST_CASE("a table describes its operations, schemas and all") {
    const auto service = probe();
    const auto* add = service.operations.find("probe.add");
    REQUIRE(add);
    CHECK_EQ(add->facts.method, "POST");
    CHECK_EQ(add->facts.path, "/notes");
    CHECK_EQ(add->facts.success, 201);
    CHECK_FALSE(add->facts.safe);
    CHECK_FALSE(add->facts.slow);
    CHECK_NE(add->facts.request_schema.find(R"("text")"), std::string::npos);
    CHECK_NE(add->facts.reply_schema.find(R"("id")"), std::string::npos);
    CHECK(service.operations.find("probe.list")->facts.safe);
    CHECK(service.operations.find("probe.shout")->facts.slow);
    CHECK_EQ(service.operations.find("probe.pause")->facts.success, 204);
    CHECK_EQ(service.operations.find("probe.none"), nullptr);
    CHECK_EQ(service.operations.facts().size(), service.operations.operations().size());
    CHECK(service.operations.any_slow());
    CHECK_EQ(service.operations.longest_write_limit(), std::chrono::seconds{5});
}

TEST_CASE("a table that cannot work is refused when the service starts") {
    const auto refused = [](const kit::handler_table& table) {
        CHECK_THROWS_AS(table.check(typeid(notes)), std::logic_error);
    };
    CHECK_NOTHROW(probe().operations.check(typeid(notes)));
    refused({kit::write("a", "POST /a", add), kit::write("a", "POST /b", add)});
    refused({kit::write("a", "/a", add)});
    refused({kit::write("a", "POST", add)});
    refused({kit::write("a", "POST /a", add).slow()});
    refused({kit::write("a", "POST /a", in_other)});
}

} // namespace postbus::tests
