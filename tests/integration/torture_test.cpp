// The whole shop under orders and cancels, while any process of it, the supervisor included, and
// the database server under it are killed or frozen at random, and the disk fills. Afterwards: what
// was acknowledged is there, once, and all books agree; and soon after the last strike of each
// round the shop is as fast as it was. Runs for POSTBUS_TORTURE_SECONDS (60) on each engine, with
// the random numbers of POSTBUS_SEED (drawn, printed).

#include "tests/integration/sqlite.hpp"
#include "tests/integration/torturer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <iostream>
#include <random>

namespace postbus::tests {

namespace {

constexpr int rounds = 3;
constexpr milliseconds back_within{2000};
constexpr milliseconds measured{2500};
// Of the speed in calm, that is back by then. Half, since others use this machine too.
constexpr double back_at_least = 0.5;
// Of the speed before, that there is in calm after it: it is not stuck.
constexpr double kept_at_least = 0.1;
constexpr std::uint64_t disk_mebibytes = 16'384; // sparse: it takes what is in it

/// Strikes, and the speed after them beside that of the calm stretches on both sides: what made
/// the machine itself slower meanwhile made the second one slower too. Gives the latter.
double torture(torturer& it, const shoppers& load, clock::duration time, double before) {
    for (const auto end = clock::now() + time; clock::now() < end;) {
        it.pause();
        it.strike();
    }
    std::this_thread::sleep_until(it.struck_at() + back_within); // the time it has
    const auto back = load.rate(measured);
    const auto after = load.rate(measured);
    std::cout << "torture: " << before << " orders/s before, " << back
              << " from 2 s after the last strike on (" << it.last() << "), " << after
              << " in calm again" << std::endl;
    CHECK_MESSAGE(back >= back_at_least * std::min(before, after), it.history());
    CHECK_MESSAGE(after >= kept_at_least * before, it.history());
    return after;
}

void check_books(shop& s) {
    finished last;
    CHECK_MESSAGE(eventually(60'000ms,
                             [&] {
                                 last = s.postbus({"audit", "--settled"});
                                 return last.code == 0;
                             }),
                  last.out << last.err);
    std::cout << last.out;
}

void torture_shop(shop& s, postgres_server* server, small_disk& disk) {
    const auto seed = number_from("POSTBUS_SEED", std::random_device{}());
    const auto time = std::chrono::seconds{number_from("POSTBUS_TORTURE_SECONDS", 60)};
    CAPTURE(seed);
    std::cout << "torture: on " << (server == nullptr ? "SQLite" : "PostgreSQL") << ", seed "
              << seed << std::endl;
    if (!disk.mounted())
        std::cout << "torture: no full disk: mounting a small one takes root and a loop device\n";
    auto& up = s.start_up(two_of_each());
    REQUIRE_EQ(s.call("POST", "/products/Book/stock", R"({"change":1000000000})").status, 200);
    shoppers load{s.http_port(), 6, seed};
    std::this_thread::sleep_for(1s); // until all is warm
    torturer it{s, server, disk, load, up, seed};
    double calm = load.rate(measured);
    for (int round = 0; round < rounds; ++round) calm = torture(it, load, time / rounds, calm);
    const auto done = load.stop();
    std::cout << "torture: " << it.figures() << done.size() << " orders tried, " << load.accepted()
              << " acknowledged" << std::endl;
    check_books(s);
    check_attempts(s, done);
    CHECK_EQ(it.up().stop(), 0);
    CHECK_GE(it.kills(), static_cast<int>(time.count()) / 3);
    if (disk.mounted()) CHECK_GT(load.met_full_disk(), 0);
}

} // namespace

TEST_SUITE_BEGIN("torture");

TEST_CASE("on SQLite, killed, frozen and without disk at random: the books agree, the speed is "
          "back in 2 s") {
    shop s;
    small_disk disk{s.data(), disk_mebibytes};
    torture_shop(s, nullptr, disk);
    for (const auto* name : {"users", "orders", "catalog", "payments", "journal"})
        CHECK_EQ(integrity(s.data() / (std::string{name} + ".db")), "ok");
}

TEST_CASE("on PostgreSQL, killed, frozen and without disk at random, the server too: the books "
          "agree, the speed is back in 2 s") {
    const temporary_folder folder;
    small_disk disk{folder.path(), disk_mebibytes};
    postgres_server server{folder.path()};
    shop s{server};
    torture_shop(s, &server, disk);
}

TEST_SUITE_END();

} // namespace postbus::tests
