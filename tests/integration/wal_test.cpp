#include "tests/integration/load.hpp"
#include "tests/integration/sqlite.hpp"

#include <doctest/doctest.h>

#include <iostream>
#include <memory>

namespace postbus::tests {

namespace {

constexpr std::uintmax_t mib = 1U << 20U;

std::uintmax_t log_size(shop& s) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(s.data() / "orders.db-wal", missing);
    return missing ? 0 : size;
}

} // namespace

TEST_SUITE_BEGIN("torment");

// POSTBUS_WAL_WRITES (40,000) writes.
TEST_CASE("the log stays small over many writes with four constant readers") {
    const auto writes = number_from("POSTBUS_WAL_WRITES", 40'000);
    shop s;
    s.start();
    std::vector<std::unique_ptr<snapshot_reader>> readers;
    for (int i = 0; i < 4; ++i)
        readers.push_back(std::make_unique<snapshot_reader>(s.data() / "orders.db", 3ms));
    read_load gets{s.http_port(), 2, {"/orders?limit=20", "/orders/1"}};
    order_load load{s.http_port(), 32};
    std::uintmax_t largest = 0;
    for (auto before = load.accepted(); load.accepted() < writes;) {
        REQUIRE(load.wait_for_more(std::min<std::size_t>(500, writes - before)));
        before = load.accepted();
        largest = std::max(largest, log_size(s));
    }
    std::uint64_t snapshots = 0;
    for (auto& reader : readers) snapshots += reader->stop();
    const auto unread = gets.stop();
    const auto done = load.stop();
    std::cout << "log: " << done.size() << " writes, " << snapshots << " snapshots, at most "
              << largest / mib << " MiB\n";
    CHECK_EQ(unread.size(), 0);
    CHECK_GT(snapshots, 100);
    CHECK_LT(largest, 72 * mib); // cut from 64 on
    check_all_accepted(done);
    check_orders(s, done);
    CHECK(s.stop_everything());
    CHECK_EQ(integrity(s.data() / "orders.db"), "ok");
}

TEST_CASE("a reader that holds the log back: writes are refused at its limit, and go on after it") {
    shop s;
    s.start_broker();
    s.start_gateway();
    s.start_worker("orders", {"--wal-limit-mib", "8"});
    REQUIRE(s.wait_served({"/orders"}));
    auto reader = std::make_unique<snapshot_reader>(s.data() / "orders.db", 60'000ms);
    order_load load{s.http_port(), 8};
    http_response refused;
    REQUIRE(eventually(30'000ms, [&] {
        refused = s.post("/orders", R"({"user":1,"product":"probe"})");
        return refused.status == 503;
    }));
    CHECK_NE(refused.body.find(R"("outcome":"not-executed")"), std::string::npos);
    CHECK_NE(refused.body.find("log is full"), std::string::npos);
    CHECK_EQ(s.get("/orders/1").status, 200);
    CHECK_LT(log_size(s), 10 * mib);

    reader.reset();
    CHECK(load.wait_for_more(100));
    const auto done = load.stop();
    check_orders(s, done);
    CHECK(s.stop_everything());
    CHECK_EQ(integrity(s.data() / "orders.db"), "ok");
}

TEST_SUITE_END();

} // namespace postbus::tests
