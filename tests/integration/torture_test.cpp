// The whole shop under orders and cancels, while any process of it, the supervisor included, is
// killed or frozen at random. Afterwards: what was acknowledged is there, once, and all books
// agree. Runs for POSTBUS_TORTURE_SECONDS (60) with the random numbers of POSTBUS_SEED (drawn,
// printed).

#include "tests/integration/load.hpp"
#include "tests/integration/sqlite.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <mutex>
#include <optional>
#include <random>

namespace postbus::tests {

namespace {

/// An order that nobody else places: its user orders every quantity once.
struct attempt {
    std::int64_t user = 0;
    std::int64_t quantity = 0;
    written_order::verdict known = written_order::verdict::unknown;
};

/// Clients that order books, and cancel some of what they ordered.
class shoppers {
public:
    shoppers(std::uint16_t port, int clients, std::uint64_t seed) : port_{port} {
        for (int i = 0; i < clients; ++i)
            threads_.emplace_back([this, i, seed] { run(seed + static_cast<std::uint64_t>(i)); });
    }
    ~shoppers() { stop(); }
    shoppers(const shoppers&) = delete;
    shoppers& operator=(const shoppers&) = delete;

    std::size_t accepted() const noexcept { return accepted_; }
    std::vector<attempt> stop() {
        stopping_ = true;
        for (auto& one : threads_) one.join();
        threads_.clear();
        return done_;
    }

private:
    // The card takes amounts up to 666 books.
    static constexpr std::int64_t most = 600;

    void run(std::uint64_t seed) {
        std::mt19937_64 random{seed};
        std::optional<http_connection> connection;
        std::int64_t user = 0;
        for (std::int64_t quantity = most; !stopping_; ++quantity) {
            if (quantity >= most) {
                user = 0;
                quantity = 1;
            }
            while (user == 0 && !stopping_) user = new_user(connection);
            if (stopping_) return;
            const auto [known, id] = order(connection, user, quantity);
            {
                const std::lock_guard lock{guard_};
                done_.push_back({user, quantity, known});
            }
            if (known == written_order::verdict::accepted) ++accepted_;
            else std::this_thread::sleep_for(5ms);
            if (id != 0 && random() % 5 == 0) {
                std::this_thread::sleep_for(milliseconds{random() % 15});
                call(connection, "POST", "/orders/" + std::to_string(id) + "/cancel", "");
            }
        }
    }

    std::optional<http_response> call(std::optional<http_connection>& connection,
                                      std::string_view method, const std::string& path,
                                      const std::string& body) {
        if (!connection) connection.emplace(port_);
        if (!connection->open()) {
            connection.reset();
            return http_response{}; // nobody there: certainly refused
        }
        connection->send_request(method, path, body);
        auto answer = connection->receive();
        if (!answer || answer->field("connection") == "close") connection.reset();
        return answer;
    }

    std::int64_t new_user(std::optional<http_connection>& connection) {
        const auto answer = call(connection, "POST", "/users", R"({"name":"shopper"})");
        if (answer && answer->status == 201) return parse_json(answer->body).at("id").as_int64();
        std::this_thread::sleep_for(20ms);
        return 0;
    }

    std::pair<written_order::verdict, std::int64_t>
    order(std::optional<http_connection>& connection, std::int64_t user, std::int64_t quantity) {
        using verdict = written_order::verdict;
        const auto answer = call(connection, "POST", "/orders",
                                 R"({"user":)" + std::to_string(user) +
                                     R"(,"items":[{"product":"Book","quantity":)" +
                                     std::to_string(quantity) + "}]}");
        if (!answer) return {verdict::unknown, 0};
        if (answer->status == 201)
            return {verdict::accepted, parse_json(answer->body).at("id").as_int64()};
        const bool certain = answer->status < 500 ||
                             answer->body.find(R"("outcome":"not-executed")") != std::string::npos;
        return {certain ? verdict::refused : verdict::unknown, 0};
    }

    std::uint16_t port_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> accepted_{0};
    std::mutex guard_;
    std::vector<attempt> done_;
    std::vector<std::thread> threads_;
};

/// How often each (user, quantity) is there.
std::map<std::pair<std::int64_t, std::int64_t>, int> orders_of(shop& s) {
    std::map<std::pair<std::int64_t, std::int64_t>, int> found;
    http_connection connection{s.http_port()};
    for (std::int64_t after = 0;;) {
        connection.send_request("GET", "/orders?limit=100&after=" + std::to_string(after));
        const auto answer = connection.receive();
        REQUIRE(answer);
        REQUIRE_MESSAGE(answer->status == 200, answer->body);
        const auto page = parse_json(answer->body);
        if (page.as_array().empty()) return found;
        for (const auto& one : page.as_array()) {
            after = one.at("id").as_int64();
            ++found[{one.at("user").as_int64(),
                     one.at("items").as_array()[0].at("quantity").as_int64()}];
        }
    }
}

void check_attempts(shop& s, const std::vector<attempt>& done) {
    const auto found = orders_of(s);
    int lost = 0, doubled = 0, against_its_word = 0;
    for (const auto& one : done) {
        const auto at = found.find({one.user, one.quantity});
        const int times = at == found.end() ? 0 : at->second;
        lost += one.known == written_order::verdict::accepted && times == 0;
        against_its_word += one.known == written_order::verdict::refused && times != 0;
        doubled += times > 1;
    }
    CHECK_EQ(lost, 0);
    CHECK_EQ(doubled, 0);
    CHECK_EQ(against_its_word, 0);
}

} // namespace

TEST_SUITE_BEGIN("torture");

TEST_CASE("the shop is killed and frozen at random under orders and cancels: its books agree") {
    const auto seed = number_from("POSTBUS_SEED", std::random_device{}());
    const auto time = std::chrono::seconds{number_from("POSTBUS_TORTURE_SECONDS", 60)};
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const auto below = [&](std::uint64_t limit) { return random() % limit; };
    shop s;
    const auto start = [&]() -> process* {
        return &s.start_up(
            {"--scale", "orders=2", "--scale", "catalog=2", "--scale", "payments=2"});
    };
    auto* up = start();
    REQUIRE_EQ(s.call("POST", "/products/Book/stock", R"({"change":1000000000})").status, 200);
    shoppers load{s.http_port(), 6, seed};
    int killed = 0, frozen = 0, restarted = 0;
    for (const auto end = clock::now() + time; clock::now() < end;) {
        if (below(15) == 0) {
            const auto all = descendants(up->pid());
            up->kill(); // and with it all that it started
            REQUIRE(eventually(5000ms, [&] {
                return std::none_of(all.begin(), all.end(), [](pid_t one) { return alive(one); });
            }));
            up = start();
            ++restarted;
            continue;
        }
        const auto victims = descendants(up->pid());
        if (victims.empty()) continue;
        const auto victim = victims[below(victims.size())];
        if (below(4) == 0) {
            ::kill(victim, SIGSTOP);
            std::this_thread::sleep_for(milliseconds{100 + below(2500)});
            ::kill(victim, SIGCONT);
            ++frozen;
        } else {
            ::kill(victim, SIGKILL);
            ++killed;
        }
        std::this_thread::sleep_for(milliseconds{100 + below(900)});
    }
    // Back at full service by itself, soon after the last strike.
    const auto before = load.accepted();
    CHECK(eventually(5000ms, [&] { return load.accepted() > before + 100; }));
    const auto done = load.stop();
    finished last;
    CHECK_MESSAGE(eventually(60'000ms,
                             [&] {
                                 last = s.postbus({"audit", "--settled"});
                                 return last.code == 0;
                             }),
                  last.out << last.err);
    std::cout << "torture: seed " << seed << ", " << killed << " killed, " << frozen << " frozen, "
              << restarted << " times all of it, " << done.size() << " orders tried, "
              << load.accepted() << " acknowledged\n"
              << last.out;
    check_attempts(s, done);
    CHECK_EQ(up->stop(), 0);
    for (const auto* name : {"users.db", "orders.db", "catalog.db", "payments.db"})
        CHECK_EQ(integrity(s.data() / name), "ok");
    CHECK_GE(killed + 8 * restarted, std::min<int>(20, static_cast<int>(time.count()) / 3));
}

TEST_SUITE_END();

} // namespace postbus::tests
