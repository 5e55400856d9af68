#include "tests/integration/load.hpp"
#include "tests/integration/small_disk.hpp"
#include "tests/integration/sqlite.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

TEST_SUITE_BEGIN("torment");

TEST_CASE("a full disk refuses writes and serves reads; with space again, writes go on") {
    shop s;
    // The log of a database alone takes 4 MiB before it is moved into it.
    small_disk disk{s.data(), 16};
    if (!disk.mounted()) {
        MESSAGE("not run: mounting a small disk takes root and a loop device");
        return;
    }
    s.start();
    order_load load{s.http_port(), 4};
    REQUIRE(load.wait_for_more(100));
    disk.fill();
    // The log has some room of its own left; soon it needs more of the disk.
    http_response refused;
    REQUIRE(eventually(20'000ms, [&] {
        refused = s.post("/orders", R"({"user":1,"product":"probe"})");
        return refused.status == 503;
    }));
    CHECK_NE(refused.body.find(R"("outcome":"not-executed")"), std::string::npos);
    CHECK_FALSE(refused.field("retry-after").empty());
    CHECK_EQ(s.get("/orders/1").status, 200);
    CHECK_EQ(s.get("/users").status, 200);

    disk.unfill();
    CHECK(load.wait_for_more(100));
    const auto done = load.stop();
    check_orders(s, done);
    CHECK(s.stop_everything());
    CHECK_EQ(integrity(s.data() / "orders.db"), "ok");
}

TEST_SUITE_END();

} // namespace postbus::tests
