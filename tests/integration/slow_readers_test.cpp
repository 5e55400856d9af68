// Readers of events that do not read, or ask for too much: they are bounded, and slow nobody down.

#include "tests/integration/journal.hpp"
#include "tests/integration/raw_subscriber.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <iterator>
#include <list>
#include <optional>
#include <thread>

namespace postbus::tests {

namespace {

/// MiB by which a broker's memory may differ whoever reads: its queue for one that does not read
/// holds 200 messages.
constexpr double flat = 24;

/// Publishes over so many connections as fast as it can.
class busy_publishers {
public:
    busy_publishers(std::uint16_t port, int clients) {
        for (int i = 0; i < clients; ++i)
            threads_.emplace_back([this, port] {
                http_connection connection{port};
                while (!stopping_) {
                    connection.send_request("POST", "/events/load.sent", "1");
                    const auto answer = connection.receive();
                    if (!answer || answer->status != 201) ++failed_;
                    else ++published_;
                }
            });
    }
    ~busy_publishers() {
        stopping_ = true;
        for (auto& one : threads_) one.join();
    }
    busy_publishers(const busy_publishers&) = delete;
    busy_publishers& operator=(const busy_publishers&) = delete;

    int published() const noexcept { return published_; }
    int failed() const noexcept { return failed_; }
    /// Events a second, over a while from now on.
    double rate(milliseconds time) const {
        const auto before = published_.load();
        const auto begun = clock::now();
        std::this_thread::sleep_for(time); // a rate takes time
        return (published_ - before) / std::chrono::duration<double>{clock::now() - begun}.count();
    }

private:
    std::atomic<bool> stopping_{false};
    std::atomic<int> published_{0};
    std::atomic<int> failed_{0};
    std::vector<std::thread> threads_;
};

/// The median, in ms, from the answer to a publisher to the subscriber's line.
double latency(shop& s, const process& subscriber) {
    std::vector<double> times;
    for (int i = 0; i < 30; ++i) {
        const auto id = id_of(s.post("/events/look.here", "1"));
        const auto begun = clock::now();
        REQUIRE(
            eventually(10'000ms, [&] { return subscriber.out().find(id) != std::string::npos; }));
        times.push_back(std::chrono::duration<double, std::milli>{clock::now() - begun}.count());
    }
    std::ranges::nth_element(times, times.begin() + 15);
    return times[15];
}

/// `postbus subscribe` into a pipe that nobody reads.
class unread_output {
public:
    unread_output(shop& s, const std::string& words) : pipe_{s.folder() / "unread"} {
        REQUIRE_EQ(mkfifo(pipe_.c_str(), 0600), 0);
        fd_ = open(pipe_.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
        REQUIRE_GE(fd_, 0);
        it.emplace("unread", "/bin/sh",
                   std::vector<std::string>{"-c", "exec " + program("postbus").string() +
                                                      " subscribe " + words + " --bus " + s.bus() +
                                                      " > " + pipe_.string()},
                   s.folder());
    }
    ~unread_output() {
        it.reset();
        close(fd_);
    }
    unread_output(const unread_output&) = delete;
    unread_output& operator=(const unread_output&) = delete;

    /// Reads until there are that many lines, or the limit is over.
    std::vector<std::string> read(std::size_t lines, milliseconds limit) {
        std::string all;
        std::vector<char> room(1 << 16);
        std::size_t count = 0;
        (void)eventually(limit, [&] {
            for (ssize_t got = 0; (got = ::read(fd_, room.data(), room.size())) > 0;) {
                all.append(room.data(), static_cast<std::size_t>(got));
                count +=
                    static_cast<std::size_t>(std::count(room.begin(), room.begin() + got, '\n'));
            }
            return count >= lines;
        });
        return lines_of(all);
    }

    std::optional<process> it;

private:
    std::filesystem::path pipe_;
    int fd_ = -1;
};

/// What was written to a file last.
std::string end_of(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::ate};
    const auto size = static_cast<std::int64_t>(file.tellg());
    file.seekg(std::max<std::int64_t>(0, size - 500));
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// Each event of the log once and in order, from the first on.
bool dense(const std::vector<std::string>& ids) {
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (number_of(ids[i]) != static_cast<std::int64_t>(i + 1)) return false;
    return true;
}

} // namespace

TEST_CASE(
    "readers that do not read slow down neither publishers nor other readers, cost the broker "
    "a bounded memory, and get every event when they read again") {
    shop s;
    start_journal(s);
    auto& good = subscribe(s, {"look."});
    await_listening(s, good, "look.begun");

    double before = 0;
    double alone = 0;
    {
        busy_publishers load{s.http_port(), 8};
        alone = load.rate(2000ms);
        before = latency(s, good);
    }
    const auto memory = memory_of(s.broker().pid());

    auto& stopped = subscribe(s, {"", "--from-start"});
    unread_output unread{s, "'' --from-start"};
    REQUIRE(eventually(5000ms, [&] { return !stopped.out().empty(); }));
    stopped.send(SIGSTOP);
    std::list<raw_subscriber> never;
    for (int i = 0; i < 5; ++i) {
        never.emplace_back(static_cast<std::uint16_t>(s.bus_port() + 1));
        REQUIRE(never.back().open());
        never.back().subscribe({"wake/", "registry"});
    }
    double beside = 0;
    double after = 0;
    {
        busy_publishers load{s.http_port(), 8};
        // Who asks again gets the registry again: it is large, and fills what is kept for them.
        for (int i = 0; i < 400; ++i) {
            for (auto& one : never) one.subscribe({"registry"});
            std::this_thread::sleep_for(5ms); // more often it is not sent
        }
        beside = load.rate(2000ms);
        after = latency(s, good);
        CHECK_EQ(load.failed(), 0);
    }
    const auto grown = memory_of(s.broker().pid()) - memory;
    MESSAGE("events a second ", alone, " and ", beside, " beside slow readers; ms to a reader ",
            before, " and ", after, "; the broker has grown by ", grown, " MiB from ", memory);
    CHECK_GT(beside, alone / 3);
    CHECK_LT(after, 3 * before + static_cast<double>(scaled(50ms).count()));
    if (memory_counts()) CHECK_LT(grown, flat);

    const auto last = number_of(id_of(s.post("/events/look.ended", "1")));
    stopped.send(SIGCONT);
    CHECK(eventually(20'000ms, [&] {
        return lines_of(stopped.out()).size() == static_cast<std::size_t>(last);
    }));
    CHECK(dense(ids_of(stopped.out())));
    std::string woken;
    for (const auto& line : unread.read(static_cast<std::size_t>(last), 20'000ms))
        woken += line + '\n';
    const auto ids = ids_of(woken);
    CHECK_EQ(ids.size(), last);
    CHECK(dense(ids));
}

TEST_CASE("a subscriber that asks for a million topics is cut off, and nobody else notices") {
    shop s;
    start_journal(s);
    auto& good = subscribe(s, {"look."});
    await_listening(s, good, "look.begun");
    const auto before = latency(s, good);
    const auto memory = memory_of(s.broker().pid());
    std::vector<std::string> topics;
    for (int i = 0; i < 1'000'000; ++i) topics.push_back("wake/s" + std::to_string(i) + '/');
    raw_subscriber greedy{static_cast<std::uint16_t>(s.bus_port() + 1)};
    REQUIRE(greedy.open());
    const auto begun = clock::now();
    const auto taken = greedy.subscribe(topics);
    CHECK_LT(taken, topics.size());
    CHECK(greedy.cut_off());
    const std::chrono::duration<double> took = clock::now() - begun;
    const auto after = latency(s, good);
    const auto grown = memory_of(s.broker().pid()) - memory;
    MESSAGE("cut off after ", took.count(), " s and ", taken,
            " topics on their way; the broker has grown by ", grown, " MiB; ms to a reader ",
            before, " and ", after);
    if (memory_counts()) CHECK_LT(grown, flat);
    CHECK_LT(after, 3 * before + static_cast<double>(scaled(50ms).count()));
    // The usual ones, and anew.
    raw_subscriber modest{static_cast<std::uint16_t>(s.bus_port() + 1)};
    topics.resize(1000);
    CHECK_EQ(modest.subscribe(topics), 1000);
    auto& next = subscribe(s, {"look.", "--from-start"});
    CHECK(eventually(5000ms, [&] { return !next.out().empty(); }));
}

TEST_CASE("giving back topics that it never had does not let a subscriber have more") {
    shop s;
    s.start();
    raw_subscriber greedy{static_cast<std::uint16_t>(s.bus_port() + 1)};
    REQUIRE(greedy.open());
    std::vector<std::string> said;
    SUBCASE("as such") {
        for (int i = 0; i < 200'000; ++i)
            for (const auto* what : {"\1wake/s", "\0wake/t"})
                said.push_back(std::string{what, 7} + std::to_string(i) + '/');
    }
    SUBCASE("or in words that nobody knows") {
        said.push_back("\2" + std::string(200, 'x'));
    }
    CHECK_LE(greedy.say(said), said.size());
    CHECK(greedy.cut_off());
}

TEST_CASE("a backlog of 100,000 events is read in bounded memory") {
    shop s;
    start_journal(s);
    std::string lines;
    constexpr std::size_t backlog = 100'000;
    for (std::size_t i = 0; i < backlog; ++i) lines += std::to_string(i) + '\n';
    const auto published = run("postbus", {"publish", "back.logged", "-", "--bus", s.bus()},
                               s.folder(), 60'000ms, lines);
    REQUIRE_EQ(published.code, 0);
    auto& reader = subscribe(s, {"", "--from-start"});
    double most = 0;
    const auto begun = clock::now();
    const auto last = lines_of(published.out).back();
    REQUIRE(eventually(30'000ms, [&] {
        most = std::max(most, memory_of(reader.pid()));
        return end_of(reader.out_file()).find(last) != std::string::npos;
    }));
    const std::chrono::duration<double> took = clock::now() - begun;
    MESSAGE(backlog, " events in ", took.count(), " s, ", most, " MiB at most");
    CHECK_EQ(ids_of(reader.out()).size(), backlog);
    CHECK(dense(ids_of(reader.out())));
    if (memory_counts()) CHECK_LT(most, 40);
}

TEST_CASE(
    "a consumer that is frozen slows down neither the source nor the others, and catches up") {
    shop s;
    s.start();
    s.start_worker("catalog");
    auto& payments = s.start_worker("payments");
    REQUIRE(s.wait_served({"/products", "/payments"}));
    constexpr int orders = 200;
    const auto in_state = [&](const std::string& status) {
        int count = 0;
        for (int after = 1; after < orders; after += 100) {
            const auto page =
                parse_json(s.get("/orders?limit=100&after=" + std::to_string(after)).body);
            for (const auto& one : page.as_array())
                count += std::string_view{one.at("status").as_string()} == status;
        }
        return count;
    };
    const auto place = [&] {
        const auto begun = clock::now();
        for (int i = 0; i < orders / 2; ++i)
            CHECK_EQ(s.post("/orders", R"({"user":1,"product":"Book"})").status, 201);
        return std::chrono::duration<double, std::milli>{clock::now() - begun}.count();
    };
    const auto before = place();
    REQUIRE(eventually(20'000ms, [&] { return in_state("confirmed") == orders / 2; }));
    payments.send(SIGSTOP);
    const auto beside = place();
    CHECK(eventually(5000ms, [&] { return in_state("stock_reserved") == orders / 2; }));
    MESSAGE((orders / 2), " orders took ", before, " ms, and ", beside,
            " ms beside a frozen consumer");
    CHECK_LT(beside, 3 * before + static_cast<double>(scaled(1000ms).count()));
    payments.send(SIGCONT);
    CHECK(eventually(20'000ms, [&] { return in_state("confirmed") == orders; }));
}

} // namespace postbus::tests
