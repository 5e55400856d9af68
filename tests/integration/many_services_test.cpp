#include "tests/integration/crowd.hpp"
#include "tests/integration/shop.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <algorithm>
#include <vector>

namespace postbus::tests {

namespace {

constexpr std::size_t many = 1000;

using micros = std::chrono::duration<double, std::micro>;

/// The soft limit of open files is changed for a while, for this process and those it starts.
class file_limit {
public:
    explicit file_limit(rlim_t soft) {
        getrlimit(RLIMIT_NOFILE, &before_);
        auto changed = before_;
        changed.rlim_cur = std::min(soft, before_.rlim_max);
        setrlimit(RLIMIT_NOFILE, &changed);
    }
    ~file_limit() { setrlimit(RLIMIT_NOFILE, &before_); }
    file_limit(const file_limit&) = delete;
    file_limit& operator=(const file_limit&) = delete;

private:
    rlimit before_{};
};

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

/// While it lives, calls are all that goes on in a crowd.
class quiet {
public:
    explicit quiet(crowd& all) : all_{all} {
        all_.hush(true);
        std::this_thread::sleep_for(30ms); // for what is on its way
    }
    ~quiet() { all_.hush(false); }
    quiet(const quiet&) = delete;
    quiet& operator=(const quiet&) = delete;

private:
    crowd& all_;
};

/// A broker, and who is registered there.
struct side {
    process& broker;
    crowd workers;
    std::vector<double> busy{}; // µs of its processor time that a call costs, by round
    std::vector<double> spread{};
    double idle = 0; // µs a second in which nobody calls: pings, their answers and wake-ups
    double ping = 0; // µs to send one

    double used() const { return micros{cpu_time_of(broker.pid())}.count(); }

    /// Without the pings that went out meanwhile: the longer it takes, the more they are.
    double cost(std::size_t count, std::size_t at_once, std::size_t services) {
        double took = 0;
        {
            const quiet now{workers};
            const auto pings = workers.pings();
            const auto before = used();
            call(count, at_once, services);
            took = used() - before - ping * static_cast<double>(workers.pings() - pings);
        }
        std::this_thread::sleep_for(30ms); // what was put off
        return took / static_cast<double>(count);
    }
    double idle_cost(milliseconds time) {
        const auto before = used();
        const auto begun = clock::now();
        std::this_thread::sleep_for(time); // looked at over a time, which is the point here
        const std::chrono::duration<double> took = clock::now() - begun;
        return (used() - before) / took.count();
    }
    double ping_cost(std::size_t count) {
        double sum = 0;
        std::size_t pings = 0;
        while (pings < count) {
            const quiet now{workers};
            const auto before_pings = workers.pings();
            const auto before = used();
            std::this_thread::sleep_for(400ms); // no longer than they may be put off
            sum += used() - before;
            pings += workers.pings() - before_pings;
        }
        return sum / static_cast<double>(pings);
    }

private:
    // A crowd that had no processor for 1.5 s was rightly taken for frozen; calls may fail then.
    void call(std::size_t count, std::size_t at_once, std::size_t services) {
        const auto before = workers.forgotten();
        const auto failed = workers.call(count, at_once, services);
        if (workers.forgotten() == before) CHECK_EQ(failed, 0);
    }
};

} // namespace

// Over real sockets; measured is the processor time of the broker, not the time on the wall, since
// other things run beside it. In turns, and medians of them.
TEST_CASE(
    "a thousand services with two workers each: a call costs the broker what it did with one") {
    shop few_shop;
    shop many_shop;
    {
        const file_limit usual{1024}; // what a shell gives: it must not end the broker there
        few_shop.start_broker();
        many_shop.start_broker();
    }
    for (auto* one : {&few_shop, &many_shop})
        REQUIRE(eventually(5000ms, [&] { return http_connection{one->bus_port()}.open(); }));
    const file_limit plenty{RLIM_INFINITY};
    const auto begun = clock::now();
    side all{many_shop.broker(), {many_shop.bus_port(), many, 2}};
    const bool in_time = eventually(10'000ms, [&] { return all.workers.welcomed() == 2 * many; });
    const auto registered = clock::now() - begun;
    const auto cpu_used = cpu_time_of(many_shop.broker().pid()).count() / 1'000'000;
    REQUIRE(in_time);
    side few{few_shop.broker(), {few_shop.bus_port(), 1, 2}};
    REQUIRE(eventually(5000ms, [&] { return few.workers.welcomed() == 2; }));

    // Each of them is asked every second whether it lives.
    const auto pings = all.workers.pings();
    for (auto* one : {&few, &all}) one->idle = one->idle_cost(2500ms);
    CHECK_GE(all.workers.pings() - pings, 4 * many);
    all.ping = all.ping_cost(2 * many);

    // What it costs differs by the half from one moment to the next, so it is compared in pairs; up
    // to three times, of which the best counts.
    double times_busy = 1e9;
    double times_spread = 1e9;
    for (int attempt = 0; attempt < 3 && (times_busy > 1.2 || times_spread > 1.5); ++attempt) {
        std::vector<double> busy;
        std::vector<double> spread;
        for (int round = 0; round < 21; ++round) {
            for (auto* one : {&few, &all}) {
                one->busy.push_back(one->cost(10'000, 64, 1));
                one->spread.push_back(one->cost(300, 1, one == &all ? many : 1));
            }
            busy.push_back(all.busy.back() / few.busy.back());
            spread.push_back(all.spread.back() / few.spread.back());
        }
        times_busy = std::min(times_busy, median(busy));
        times_spread = std::min(times_spread, median(spread));
    }
    MESSAGE("registered within ", std::chrono::duration_cast<milliseconds>(registered).count(),
            " ms and ", cpu_used,
            " ms of processor time; a call costs the broker, 64 at once: ", median(few.busy),
            " and ", median(all.busy),
            " us; one at a time, of each service in turn: ", median(few.spread), " and ",
            median(all.spread), " us; idle: ", few.idle / 1000, " and ", all.idle / 1000,
            " ms a second, a ping ", all.ping, " us");
    MESSAGE("times ", times_busy, " and ", times_spread, "; taken for frozen ",
            all.workers.forgotten());
    CHECK_LE(times_busy, 1.2);
    CHECK_LE(times_spread, 1.5); // each time another connection, in no cache
    CHECK_EQ(all.workers.turned_away(), 0);
    CHECK(eventually(5000ms, [&] { return all.workers.welcomed() == 2 * many; }));
    CHECK_EQ(many_shop.workers("crowd1000").size(), 2);

    // And a gateway that comes now knows them all.
    many_shop.start_gateway();
    const auto answers = [&](const std::string& path) {
        const auto answer = http_call(many_shop.http_port(), "GET", path);
        return answer && answer->status == 204;
    };
    CHECK(eventually(5000ms, [&] { return answers("/crowd/1000"); }));
    CHECK(answers("/crowd/1"));
}

} // namespace postbus::tests
