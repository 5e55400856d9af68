// `postbus top` and `postbus status` over real brokers.

#include "tests/integration/broker_set.hpp"
#include "tests/integration/load.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <sstream>

namespace postbus::tests {

namespace {

boost::json::object service_in(const boost::json::value& line, std::string_view key) {
    for (const auto& one : line.at("services").as_array())
        if (std::string_view{one.at("service").as_string()} == key) return one.as_object();
    FAIL("no such service: " << key);
    return {};
}

/// The whole lines that a `postbus top --json` has printed so far.
std::vector<boost::json::value> lines_of(const process& top) {
    std::vector<boost::json::value> out;
    std::istringstream text{top.out()};
    for (std::string line; std::getline(text, line) && !text.eof();)
        out.push_back(parse_json(line));
    return out;
}

/// "10": the first broker answered, the second did not.
std::string answered(const boost::json::value& line) {
    std::string out;
    for (const auto& one : line.at("brokers").as_array())
        out += one.at("answered").as_bool() ? '1' : '0';
    return out;
}

bool says(const process& top, const std::string& brokers) {
    const auto lines = lines_of(top);
    return !lines.empty() && answered(lines.back()) == brokers;
}

/// A program on a terminal of so many columns and lines.
class terminal {
public:
    terminal(unsigned short columns, unsigned short lines, std::vector<std::string> words) {
        winsize size{};
        size.ws_col = columns;
        size.ws_row = lines;
        pid_ = forkpty(&fd_, nullptr, nullptr, &size);
        if (pid_ == 0) {
            std::vector<char*> argv;
            for (auto& one : words) argv.push_back(one.data());
            argv.push_back(nullptr);
            execv(argv[0], argv.data());
            _exit(127);
        }
    }
    ~terminal() {
        if (pid_ > 0 && !ended_) {
            ::kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
        close(fd_);
    }
    terminal(const terminal&) = delete;
    terminal& operator=(const terminal&) = delete;

    /// Reads until the text has come so often, or the program has ended.
    bool read_until(std::string_view text, int times) {
        const auto deadline = clock::now() + scaled(15'000ms);
        while (count(text) < times && clock::now() < deadline && read_some()) {
        }
        return count(text) >= times;
    }
    /// Until the program has stopped, as Ctrl-Z wants.
    bool stopped() {
        int status = 0;
        return waitpid(pid_, &status, WUNTRACED) == pid_ && WIFSTOPPED(status);
    }
    void send(int signal) { ::kill(pid_, signal); }
    void type(char key) { CHECK_EQ(write(fd_, &key, 1), 1); }
    int wait() {
        while (read_some()) {
        }
        int status = 0;
        waitpid(pid_, &status, 0);
        ended_ = true;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    const std::string& said() const { return said_; }

private:
    int count(std::string_view text) const {
        int out = 0;
        for (auto at = said_.find(text); at != said_.npos; at = said_.find(text, at + 1)) ++out;
        return out;
    }
    bool read_some() {
        pollfd input{fd_, POLLIN, 0};
        if (poll(&input, 1, static_cast<int>(scaled(5000ms).count())) != 1) return false;
        char room[4096];
        const auto got = read(fd_, room, sizeof room);
        if (got > 0) said_.append(room, static_cast<std::size_t>(got));
        return got > 0;
    }

    pid_t pid_ = -1;
    int fd_ = -1;
    bool ended_ = false;
    std::string said_;
};

} // namespace

TEST_CASE("the numbers of top are those of the load") {
    shop s;
    s.start();
    s.start_worker("users");
    REQUIRE(eventually(5000ms, [&] { return s.workers("users").size() == 2; }));
    read_load load{s.http_port(), 4, {"/users"}};
    REQUIRE(eventually(5000ms, [&] { return load.answered() > 100; }));
    const auto before = load.answered();
    const auto begun = clock::now();
    const auto top = s.postbus({"top", "--once", "--json", "--interval", "2"});
    const std::chrono::duration<double> took = clock::now() - begun;
    const auto during = static_cast<double>(load.answered() - before);
    CHECK(load.stop().empty());
    INFO(top.err);
    REQUIRE_EQ(top.code, 0);
    const auto line = parse_json(top.out);
    CHECK_EQ(answered(line), "1");
    const auto users = service_in(line, "users/1");
    const auto rate = users.at("calls_per_second").to_number<double>();
    // The two seconds lie within the whole, in which the load may have gone now fast, now slowly.
    CHECK_LE(rate * 2, during + 8);
    CHECK_GE(rate, during / took.count() / 3);
    CHECK_EQ(users.at("workers").as_int64(), 2);
    CHECK_EQ(users.at("refused_per_second").to_number<double>(), 0);
    CHECK_GT(users.at("p50_ms").to_number<double>(), 0);
    CHECK_GE(users.at("p99_ms").to_number<double>(), users.at("p50_ms").to_number<double>());
    // Four clients, one request each at a time: their times are what makes the rate.
    CHECK_LE(users.at("p50_ms").to_number<double>(), 4000 / rate * 3);
    // Others read the log of the users meanwhile.
    CHECK_LE(users.at("in_flight").as_int64() + users.at("queued").as_int64(), 4 + 4);
    CHECK_EQ(service_in(line, "orders/1").at("calls_per_second").to_number<double>(), 0);
    CHECK_EQ(line.at("total").at("workers").as_int64(), 3);
    CHECK_EQ(line.at("total").at("calls_per_second").to_number<double>(), rate);
}

TEST_CASE("top goes on while a broker is away, says which, and has it again when it is back") {
    shop s;
    broker_set brokers{s, 2};
    brokers.start_shop(1);
    std::vector<std::string> words{"top", "--json", "--interval", "0.3"};
    for (const auto& one : brokers.words()) words.push_back(one);
    auto& top = s.start_program("postbus", words);
    REQUIRE(eventually(10'000ms, [&] { return says(top, "11"); }));
    brokers.at(1).kill();
    REQUIRE(eventually(10'000ms, [&] { return says(top, "10"); }));
    CHECK_EQ(service_in(lines_of(top).back(), "users/1").at("workers").as_int64(), 1);
    brokers.at(0).kill();
    REQUIRE(eventually(10'000ms, [&] { return says(top, "00"); }));
    brokers.start(0);
    brokers.start(1);
    REQUIRE(eventually(20'000ms, [&] { return says(top, "11"); }));
    top.send(SIGINT);
    CHECK(top.wait(5000ms) == 0);
    CHECK_EQ(top.out().find('\x1b'), std::string::npos);
}

TEST_CASE("top ends with 3 without a broker, and with 2 when it is used wrongly") {
    shop s;
    const auto nobody = s.postbus({"top", "--once", "--interval", "0.2"});
    CHECK(nobody.code == 3);
    CHECK_NE(nobody.err.find("no broker answers at " + s.bus()), std::string::npos);
    CHECK_NE(nobody.out.find("no broker answers at " + s.bus()), std::string::npos);
    for (const auto* wrong : {"0", "x", "1s", "-1", ""}) {
        const auto refused = s.postbus({"top", "--interval", wrong});
        CHECK(refused.code == 2);
        CHECK_NE(refused.err.find("--interval"), std::string::npos);
    }
    s.start_broker();
    const auto twice = s.postbus({"top", "--count", "2", "--interval", "0.2", "--json"});
    CHECK(twice.code == 0);
    CHECK_EQ(std::ranges::count(twice.out, '\n'), 2);
}

TEST_CASE("on a terminal top stays within it, and leaves it as it was") {
    shop s;
    s.start();
    terminal screen{
        60, 5, {program("postbus").string(), "top", "--bus", s.bus(), "--interval", "0.2"}};
    REQUIRE(screen.read_until("orders/1", 3)); // tables
    screen.type('\x03');                       // Ctrl-C
    CHECK_EQ(screen.wait(), 0);
    const auto& said = screen.said();
    const auto drawn = said.find("\x1b[?25l");
    const auto left = said.find("\x1b[?25h");
    REQUIRE_NE(drawn, std::string::npos);
    REQUIRE_NE(left, std::string::npos);
    CHECK_LT(said.find("\x1b[?1049h"), said.find("\x1b[?1049l"));
    std::size_t frames = 0;
    for (auto at = said.find("\x1b[H", drawn); at < left;) {
        const auto next = std::min(said.find("\x1b[H", at + 1), left);
        std::istringstream lines{said.substr(at + 3, next - at - 3)};
        int count = 0;
        for (std::string line; std::getline(lines, line); ++count)
            CHECK_MESSAGE(line.find('\x1b') <= 60, line);
        CHECK_LE(count, 5);
        ++frames;
        at = next;
    }
    CHECK_GE(frames, 3);
}

TEST_CASE("while top is stopped the terminal is as it was, and when it goes on it draws again") {
    shop s;
    s.start();
    terminal screen{
        80, 10, {program("postbus").string(), "top", "--bus", s.bus(), "--interval", "0.2"}};
    REQUIRE(screen.read_until("orders/1", 1));
    screen.type('\x1a'); // Ctrl-Z
    REQUIRE(screen.stopped());
    CHECK(screen.read_until("\x1b[?1049l", 1));
    CHECK(screen.read_until("\x1b[?25h", 1));
    screen.send(SIGCONT);
    CHECK(screen.read_until("\x1b[?1049h", 2));
    screen.type('\x1c'); // Ctrl-\, which leaves a core where nobody catches it
    CHECK_EQ(screen.wait(), 0);
    CHECK(screen.read_until("\x1b[?1049l", 2));
}

TEST_CASE("status asks all brokers, counts a worker of several once, and names who is silent") {
    shop s;
    broker_set brokers{s, 2};
    brokers.start_shop(1);
    REQUIRE(eventually(10'000ms, [&] {
        return brokers.workers_at(0, "users") == 1 && brokers.workers_at(1, "users") == 1;
    }));
    const auto both = parse_json(brokers.postbus({"status", "--json"}).out);
    CHECK_EQ(answered(both), "11");
    REQUIRE_EQ(both.at("services").as_array().size(), 2);
    for (const auto& one : both.at("services").as_array())
        CHECK_EQ(one.at("workers").as_array().size(), 1);
    // A worker that only one of them knows is there too.
    brokers.start_worker_at(1, "users");
    CHECK(eventually(10'000ms, [&] {
        const auto status = parse_json(brokers.postbus({"status", "--json"}).out);
        return status.at("services").as_array()[1].at("workers").as_array().size() == 2;
    }));
    brokers.at(0).kill();
    const auto one = brokers.postbus({"status", "--json"});
    CHECK(one.code == 0);
    CHECK_EQ(answered(parse_json(one.out)), "01");
    CHECK_NE(one.err.find("no broker answers at " + brokers.address(0)), std::string::npos);
    CHECK_EQ(one.err.find(brokers.address(1)), std::string::npos);
}

} // namespace postbus::tests
