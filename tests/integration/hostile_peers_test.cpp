// Peers that mean harm, on the bus of a gateway and a worker that serve a client all the while.

#include "tests/integration/shop.hpp"
#include "tests/source_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <sstream>
#include <thread>

namespace postbus::tests {

namespace {

constexpr auto python = "/usr/bin/python3"; // the one that Debian's python3-zmq is for
// A hundred unread messages of 144 KB, two hundred unsent ones and 64 MiB more of answers to who
// does not read them, and what the allocator keeps of that: the same however long a flood lasts.
constexpr double kept_mib = 400;
constexpr std::size_t fewest_answers = 30;
constexpr std::size_t most_lines = 400;

/// A client that reads at a pace, and how long it had to wait.
class reader {
public:
    explicit reader(std::uint16_t port) : thread_{[this, port] { run(port); }} {}
    ~reader() { stop(); }
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;

    void stop() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
    }
    std::size_t answered() const { return took_.size(); }
    milliseconds longest() const { return *std::max_element(took_.begin(), took_.end()); }
    milliseconds median() {
        const auto middle = took_.begin() + static_cast<std::ptrdiff_t>(took_.size() / 2);
        std::nth_element(took_.begin(), middle, took_.end());
        return *middle;
    }
    const std::vector<std::string>& failed() const { return failed_; }

private:
    void run(std::uint16_t port) {
        http_connection line{port};
        while (!stopping_) {
            const auto began = clock::now();
            std::optional<http_response> answer;
            if (line.send_request("GET", "/users/1")) answer = line.receive();
            took_.push_back(std::chrono::duration_cast<milliseconds>(clock::now() - began));
            if (!answer || answer->status != 200)
                failed_.push_back(answer ? std::to_string(answer->status) + ' ' + answer->body
                                         : "no answer");
            if (!answer) return;
            std::this_thread::sleep_for(1ms); // a pace that takes no processor from who is measured
        }
    }

    std::atomic<bool> stopping_{false};
    std::vector<milliseconds> took_;
    std::vector<std::string> failed_;
    std::thread thread_;
};

struct strike {
    std::string what;
    const char* seconds;
    const char* logged; ///< by the broker, of who did it; null: ZeroMQ alone drops it
};

const strike strikes[] = {
    {"flood_unknown", "2", nullptr},
    {"flood_own", "2", nullptr},
    {"questions", "2", nullptr},
    {"cut", "2", nullptr},
    {"held", "2", nullptr},
    {"endless", "5", "a peer at 127.0.0.1 sent 64 MiB without the end of a message"},
    {"lies", "2", "a peer at 127.0.0.1 sent a message that is not of this protocol"},
    {"steal", "2", nullptr},
    {"replies", "2", "a peer at 127.0.0.1 answers a call that it does not have"},
    {"readies", "2", "a peer at 127.0.0.1 says READY too often"},
    {"instances", "2", nullptr},
    {"oversized", "2", nullptr},
    {"garbage", "2", nullptr},
};

std::size_t lines_of(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

} // namespace

TEST_CASE("who sends much and means no harm goes on, also when it comes back under its name") {
    shop s;
    s.start();
    process peer{"namesake",
                 python,
                 {std::string{POSTBUS_SOURCE_DIR} + "/tests/integration/hostile_peer.py",
                  "namesake", "127.0.0.1", std::to_string(s.bus_port()), "0"},
                 s.folder()};
    const auto ended = peer.wait(60'000ms);
    INFO(peer.out(), peer.err());
    CHECK_EQ(ended.value_or(-1), 0);
    CHECK_EQ(peer.out(), "done 390\n");
    CHECK_EQ(s.broker().err().find("cut off"), std::string::npos);
}

TEST_CASE("a peer that means harm harms only itself") {
    shop s;
    s.start();
    {
        reader client{s.http_port()};
        std::this_thread::sleep_for(300ms); // what the first requests allocate is there to stay
    }
    const auto before = memory_of(s.broker().pid());
    for (const auto& one : strikes) {
        CAPTURE(one.what);
        const auto said_before = s.broker().out() + s.broker().err();
        reader client{s.http_port()};
        process peer{one.what,
                     python,
                     {std::string{POSTBUS_SOURCE_DIR} + "/tests/integration/hostile_peer.py",
                      one.what, "127.0.0.1", std::to_string(s.bus_port()), one.seconds},
                     s.folder()};
        const auto ended = peer.wait(60'000ms);
        client.stop();
        INFO(peer.out(), peer.err());
        CHECK_EQ(ended.value_or(-1), 0);
        CHECK_NE(peer.out().find("done "), std::string::npos);

        CHECK(s.broker().running());
        CHECK_GT(client.answered(), fewest_answers);
        CHECK(client.failed().empty());
        for (const auto& why : client.failed()) MESSAGE(why);
        CHECK_LT(client.median(), scaled(100ms));
        CHECK_LT(client.longest(), scaled(2000ms));
        const auto after = memory_of(s.broker().pid());
        CHECK_LT(after, before + kept_mib);

        const auto said = (s.broker().out() + s.broker().err()).substr(said_before.size());
        CHECK_LT(lines_of(said), most_lines);
        if (one.logged) CHECK_NE(said.find(one.logged), std::string::npos);
        MESSAGE(one.what, ": ", peer.out(), client.answered(), " answers, median ",
                client.median().count(), " ms, longest ", client.longest().count(), " ms; broker ",
                after, " MiB, ", lines_of(said), " lines");
    }
    // Those who were there before are there still, and nobody else is.
    CHECK_EQ(s.workers("users").size(), 1);
    CHECK(eventually(10'000ms, [&] { return s.workers("hostile").empty(); }));
}

} // namespace postbus::tests
