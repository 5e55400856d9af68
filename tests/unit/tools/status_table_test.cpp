#include "tools/status_table.hpp"

#include <doctest/doctest.h>

using namespace postbus;

TEST_CASE("the table has a line a worker, and one for a service without any") {
    tools::bus_status status;
    status.services = {{"users", 1, 0, {{"abc", 10, 256, 3, "ready"}, {"d", 11, 8, 0, "draining"}}},
                       {"orders", 2, 17, {}}};
    CHECK(tools::status_table(status) ==
          "SERVICE   QUEUED  WORKER  PID  CREDITS  IN FLIGHT  STATE\n"
          "users/1   0       abc     10   256      3          ready\n"
          "users/1   0       d       11   8        0          draining\n"
          "orders/2  17      (none)\n");
}

TEST_CASE("without services the table is its heading") {
    CHECK(tools::status_table({}) == "SERVICE  QUEUED  WORKER  PID  CREDITS  IN FLIGHT  STATE\n");
}
