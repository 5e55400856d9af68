// Several machines, as far as the network can tell: what happens when one of them cannot be
// reached.

#include "tests/integration/books.hpp"
#include "tests/integration/hosts.hpp"
#include "tests/integration/keyed_load.hpp"
#include "tests/integration/load.hpp"

#include <doctest/doctest.h>

#include <iostream>
#include <memory>

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

/// A shop over several hosts; the test itself, and so its clients, is at `home`, the gateway's.
struct spread_shop {
    spread_shop(int count, int home_host, std::vector<int> brokers)
        : net{count}, home{net, home_host} {
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
    std::this_thread::sleep_for(partition); // its length
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
    CHECK_LE(first->count(), healed_within.count());
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

} // namespace postbus::tests
