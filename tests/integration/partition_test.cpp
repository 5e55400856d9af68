// Several machines, as far as the network can tell: what happens when one of them cannot be
// reached.

#include "tests/integration/books.hpp"
#include "tests/integration/hosts.hpp"
#include "tests/integration/keyed_load.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/slow_link.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <sstream>

namespace postbus::tests {

namespace {

constexpr milliseconds partition{10'000};
constexpr milliseconds healed_within{2000};

bool possible() {
    const auto why = hosts::why_not();
    if (why.empty()) return true;
    MESSAGE("left out, this machine has no hosts for it: " << why);
    return false;
}

enum class bus { encrypted, plain };

/// A shop over several hosts; the test itself, and so its clients, is at `home`, the gateway's.
struct spread_shop {
    spread_shop(int count, int home_host, std::vector<int> brokers, bus kind = bus::encrypted)
        : net{count}, home{net, home_host} {
        if (kind == bus::encrypted) s.use_keys();
        std::vector<std::string> endpoints;
        for (const int host : brokers) endpoints.push_back("tcp://" + net.address(host) + ":5550");
        s.use_brokers(endpoints);
        for (std::size_t i = 0; i < brokers.size(); ++i) {
            const hosts::visit there{net, brokers[i]};
            s.start_broker(endpoints[i]);
        }
        s.start_gateway();
    }

    void start_workers(int host, const std::vector<std::string>& services) {
        const hosts::visit there{net, host};
        for (const auto& one : services) s.start_worker(one);
    }

    shop s;
    hosts net;
    hosts::visit home;
};

/// How many connections of other hosts the bus sockets at this one have.
int connections(const process& broker) {
    // Lines of "N: LOCAL:PORT REMOTE:PORT STATE ...", in hexadecimal.
    std::istringstream lines{read_file("/proc/" + std::to_string(broker.pid()) + "/net/tcp")};
    int count = 0;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::string number;
        std::string local;
        std::string remote;
        std::string state;
        words >> number >> local >> remote >> state;
        const bool ours = local.ends_with(":15AE") || local.ends_with(":15AF"); // 5550, 5551
        count += ours && state == "01" && remote.substr(0, 8) != local.substr(0, 8);
    }
    return count;
}

/// How many TCP segments the process's host has sent again.
std::int64_t sent_again(const process& at) {
    // Two lines "Tcp: ...", names and values.
    std::istringstream lines{read_file("/proc/" + std::to_string(at.pid()) + "/net/snmp")};
    std::vector<std::string> names;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("Tcp: ")) continue;
        std::istringstream words{line};
        const std::vector<std::string> entries{std::istream_iterator<std::string>{words}, {}};
        for (std::size_t i = 0; i < entries.size() && i < names.size(); ++i)
            if (names[i] == "RetransSegs") return std::stoll(entries[i]);
        names = entries;
    }
    return 0;
}

/// Under load: `cut` host is away for a while. What clients saw is checked, and what is there.
void cut_off(spread_shop& it, int host) {
    auto& s = it.s;
    REQUIRE(s.wait_served({"/users", "/orders", "/products", "/payments"}));
    keyed_load load{s.http_port(), 8};
    read_load reads{s.http_port(), 2, {"/users", "/orders/1"}};
    REQUIRE(load.wait_for_more(200));
    const auto before = load.rate(1000ms);

    const auto cut_at = clock::now();
    it.net.cut(host);
    // The broker keeps nothing for those that it cannot reach.
    CHECK_GT(connections(s.broker()), 0);
    CHECK(eventually(5000ms, [&] { return connections(s.broker()) == 0; }));
    std::this_thread::sleep_until(cut_at + partition); // its length
    it.net.heal(host);
    const auto healed_at = clock::now();

    std::this_thread::sleep_until(healed_at + healed_within); // the time it has
    const auto after = load.rate(1500ms);
    const auto unread = reads.stop();
    const auto answers = load.stop();
    const auto first = first_accepted(answers, healed_at);
    std::size_t meanwhile = 0;
    for (const auto& one : answers)
        meanwhile += one.accepted() && one.came > cut_at + 200ms && one.came < healed_at;
    std::cout << "partition: " << before << " orders/s before, the first "
              << (first ? first->count() : -1) << " ms after it, then " << after
              << " orders/s; answers " << statuses(answers) << '\n'
              << unread.size() << " reads refused" << std::endl;
    CHECK_EQ(meanwhile, 0);
    REQUIRE(first);
    CHECK_LE(first->count(), scaled(healed_within).count());
    CHECK_GE(after, before / 2); // others use this machine too
    check_refusals_say_outcome(answers);
    CHECK(settled(s));
    check_once(s, answers);
}

} // namespace

TEST_CASE("the workers' machine is cut off for 10 s: nothing is lost or doubled, healed in 2 s") {
    if (!possible()) return;
    enum : int { front, back };
    spread_shop it{2, front, {front}};
    it.start_workers(front, {"catalog", "payments", "journal"});
    it.start_workers(back, {"users", "orders"});
    cut_off(it, back);
}

TEST_CASE("the gateway's machine is cut off for 10 s: nothing is lost or doubled, healed in 2 s") {
    if (!possible()) return;
    enum : int { front, back };
    spread_shop it{2, front, {back}};
    it.start_workers(back, {"users", "orders", "catalog", "payments", "journal"});
    cut_off(it, front);
}

TEST_CASE("on another machine nobody has a say without a key that the policy names") {
    if (!possible()) return;
    enum : int { front, back };
    spread_shop it{2, front, {front}};
    auto& s = it.s;
    std::filesystem::copy_file(s.keys() / "broker.pub", s.folder() / "broker.pub");
    const auto stranger = (s.folder() / "stranger.key").string();
    REQUIRE_EQ(
        run("postbus", {"keys", "make", "stranger", "--folder", s.folder()}, s.folder()).code, 0);
    const hosts::visit there{it.net, back};
    auto& plain = s.start_program(
        "postbus-users", {"--bus", s.bus(), "--insecure-bus", "--data", s.data().string()});
    auto& unknown = s.start_program(
        "postbus-orders", {"--bus", s.bus(), "--bus-key", stranger, "--data", s.data().string()});
    CHECK(eventually(5000ms, [&] { return plain.err().find("wants keys") != std::string::npos; }));
    CHECK(eventually(5000ms,
                     [&] { return unknown.err().find("does not know") != std::string::npos; }));
    const auto& log = s.broker();
    CHECK(eventually(5000ms, [&] {
        return log.err().find("refused somebody without keys") != std::string::npos &&
               log.err().find("refused " + it.net.address(back)) != std::string::npos;
    }));
    CHECK_EQ(s.workers("users").size() + s.workers("orders").size(), 0);
}

TEST_CASE("one of two brokers' machines is cut off: every call goes on over the other") {
    if (!possible()) return;
    enum : int { front, first, second, back };
    spread_shop it{4, front, {first, second}};
    it.start_workers(back, {"users", "orders"});
    auto& s = it.s;
    REQUIRE(s.wait_served({"/users", "/orders"}));
    keyed_load load{s.http_port(), 8};
    read_load reads{s.http_port(), 2, {"/users", "/orders/1"}};
    REQUIRE(load.wait_for_more(200));
    const auto before = load.rate(1000ms);
    const auto cut_at = clock::now();
    it.net.cut(first);
    std::this_thread::sleep_until(cut_at + 2500ms); // by then nobody waits for the lost one
    const auto without = load.rate(1500ms);
    it.net.heal(first);
    std::this_thread::sleep_for(healed_within); // the time it has
    const auto after = load.rate(1000ms);
    const auto unread = reads.stop();
    const auto answers = load.stop();
    milliseconds slowest{0};
    for (const auto& one : answers)
        slowest = std::max(slowest, std::chrono::duration_cast<milliseconds>(one.came - one.sent));
    std::cout << "one of two brokers: " << before << " orders/s before, " << without
              << " without it, " << after << " with it again; slowest " << slowest.count()
              << " ms; " << statuses(answers) << std::endl;
    // Calls have 5 s, and a silent broker is left after 1.5 s.
    CAPTURE(unread.empty() ? std::string{} : unread.front());
    CHECK_EQ(unread.size(), 0);
    CHECK_EQ(accepted_names(answers), answers.size());
    CHECK_LE(slowest.count(), scaled(4000ms).count());
    CHECK_GE(without, before / 3); // others use this machine too
    CHECK_GE(after, before / 3);
    check_once(s, answers);
}

TEST_CASE("of a hundred packets five are lost, both ways: nothing is lost or doubled") {
    if (!possible()) return;
    enum : int { front, back };
    spread_shop it{2, front, {front}, bus::plain};
    it.start_workers(back, {"users", "orders"});
    auto& s = it.s;
    REQUIRE(s.wait_served({"/users", "/orders"}));
    keyed_load load{s.http_port(), 8};
    read_load reads{s.http_port(), 2, {"/users", "/orders/1"}};
    REQUIRE(load.wait_for_more(200));
    for (const int host : {front, back})
        if (!it.net.drop(host, 5)) {
            MESSAGE("left out: nft cannot drop packets at random here (package nftables)");
            return;
        }
    const auto sent_before = sent_again(s.broker());
    const auto during = load.rate(6000ms);
    const auto sent_twice = sent_again(s.broker()) - sent_before;
    for (const int host : {front, back}) CHECK(it.net.drop(host, 0));
    const auto unread = reads.stop();
    const auto answers = load.stop();
    std::cout << "5% lost: " << sent_twice << " segments sent again, " << during << " orders/s; "
              << statuses(answers) << unread.size() << " reads refused" << std::endl;
    CHECK_GT(sent_twice, 10); // packets were lost
    CHECK_GE(during, 20);
    check_refusals_say_outcome(answers);
    check_once(s, answers);
}

TEST_CASE("workers 50 ms away: as fast as the way permits, and nobody is taken for frozen") {
    shop s;
    s.start_broker();
    s.start_gateway();
    const auto broker = s.bus();
    const auto port = static_cast<std::uint16_t>(std::stoi(broker.substr(broker.rfind(':') + 1)));
    const auto far = free_ports(2);
    const slow_link calls{far, port, 50ms};
    const slow_link events{static_cast<std::uint16_t>(far + 1),
                           static_cast<std::uint16_t>(port + 1), 50ms};
    s.use_brokers({"tcp://127.0.0.1:" + std::to_string(far)});
    s.start_worker("users");
    s.start_worker("orders");
    s.use_brokers({broker});
    REQUIRE(s.wait_served({"/users", "/orders"}));
    constexpr int in_flight = 64;
    constexpr double most = in_flight / 0.1; // a second
    const double least = most / 2 * 1000 / static_cast<double>(scaled(1000ms).count());
    std::size_t read = 0;
    {
        read_load reads{s.http_port(), in_flight, {"/users/1", "/users"}};
        std::this_thread::sleep_for(3000ms); // the length of the measurement
        read = reads.answered() / 3;
        CHECK_EQ(reads.stop().size(), 0);
    }
    keyed_load load{s.http_port(), in_flight};
    const auto written = load.rate(3000ms);
    const auto answers = load.stop();
    std::cout << "50 ms each way, " << in_flight << " in flight: " << read << " reads/s, "
              << written << " orders/s; at most " << most << std::endl;
    CHECK_GE(static_cast<double>(read), least);
    CHECK_GE(written, least);
    CHECK_LE(static_cast<double>(read), most * 1.1); // the way is as long as it should be
    CHECK_EQ(accepted_names(answers), answers.size());
    CHECK_EQ(s.broker().err().find("does not answer any more"), std::string::npos);
    check_once(s, answers);
}

} // namespace postbus::tests
