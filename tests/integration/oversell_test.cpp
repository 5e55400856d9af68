// The last piece of a product, and more workers and buyers than pieces.

#include "tests/integration/books.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <list>
#include <map>
#include <set>
#include <sstream>

namespace postbus::tests {

namespace {

constexpr int workers = 8;

/// Clients, each with a connection of its own, that ask at the same moment.
class rivals {
public:
    rivals(std::uint16_t port, int count) {
        for (int i = 0; i < count; ++i) connections_.emplace_back(port);
    }

    /// How many of them were answered with that status.
    int ask(const std::string& path, const std::string& body, int wanted) {
        for (auto& one : connections_) one.send_request("POST", path, body);
        int good = 0;
        for (auto& one : connections_) {
            const auto answer = one.receive();
            good += answer && answer->status == wanted;
        }
        return good;
    }

private:
    std::list<http_connection> connections_;
};

std::string product(int round) {
    return "Last" + std::to_string(round);
}

void add_product(rivals& one, const std::string& id, int available) {
    const auto made = one.ask("/products",
                              R"({"id":")" + id + R"(","name":")" + id +
                                  R"(","price":{"amount":100,"currency":"EUR"},"available":)" +
                                  std::to_string(available) + '}',
                              201);
    REQUIRE_EQ(made, 1);
}

/// What a process has written to files so far, bytes.
std::int64_t written_by(pid_t pid) {
    std::istringstream lines{read_file("/proc/" + std::to_string(pid) + "/io")};
    for (std::string name, value; lines >> name >> value;)
        if (name == "wchar:") return std::stoll(value);
    return 0;
}

/// Who of the catalog's workers writes to its file.
class catalog_watch {
public:
    explicit catalog_watch(const process& up) : up_{up} { begin(); }

    void begin() {
        before_.clear();
        for (const auto pid : descendants(up_.pid(), "postbus-catalog"))
            before_[pid] = written_by(pid);
    }
    /// Those that have written since the begin more than their locks and logs.
    std::set<pid_t> wrote() {
        std::set<pid_t> out;
        for (const auto& [pid, before] : before_)
            if (written_by(pid) - before > 500'000) out.insert(pid);
        return out;
    }

private:
    const process& up_;
    std::map<pid_t, std::int64_t> before_;
};

boost::json::array products(shop& s) {
    boost::json::array out;
    for (std::string after;;) {
        const auto page = parse_json(
            s.get("/products?limit=100&name=Last" + (after.empty() ? "" : "&after=" + after)).body);
        if (page.as_array().empty()) return out;
        out.insert(out.end(), page.as_array().begin(), page.as_array().end());
        after = page.as_array().back().at("id").as_string().c_str();
    }
}

bool sold_once(const boost::json::value& one) {
    return one.at("available").as_int64() == 0 && one.at("reserved").as_int64() == 0 &&
           one.at("sold").as_int64() == 1;
}

void wait_for_workers(shop& s) {
    REQUIRE(eventually(20'000ms, [&] { return s.workers("catalog").size() == workers; }));
}

/// Eight buyers order the only piece, round by round. The worker that does most of the work is
/// killed now and then: that one of eight goes on with another's work is where a piece could be
/// sold twice. Gives how many workers took part.
std::size_t race_by_order(shop& s, const process& up, int rounds) {
    catalog_watch watch{up};
    std::set<pid_t> all;
    rivals buyers{s.http_port(), 8};
    for (int i = 0; i < rounds; ++i) {
        REQUIRE_EQ(buyers.ask("/orders", R"({"user":1,"product":")" + product(i) + "\"}", 201), 8);
        if (i % 250 != 249) continue;
        const auto now = watch.wrote();
        all.insert(now.begin(), now.end());
        for (const auto pid : now) kill(pid, SIGKILL);
        wait_for_workers(s);
        watch.begin();
    }
    CHECK(settled(s, 60'000ms));
    const auto now = watch.wrote();
    all.insert(now.begin(), now.end());
    return all.size();
}

/// Eight clients take the only piece out of stock at once, round by round.
std::size_t race_for_stock(shop& s, const process& up, rivals& maker, int rounds) {
    catalog_watch watch{up};
    rivals takers{s.http_port(), 8};
    int wrong = 0;
    for (int i = 0; i < rounds; ++i) {
        REQUIRE_EQ(maker.ask("/products/Stock/stock", R"({"change":1})", 200), 1);
        wrong += takers.ask("/products/Stock/stock", R"({"change":-1})", 200) != 1;
    }
    CHECK_EQ(wrong, 0);
    CHECK_EQ(parse_json(s.get("/products/Stock").body).at("available").as_int64(), 0);
    return watch.wrote().size();
}

} // namespace

TEST_CASE("8 clients and 8 workers race for the last piece 1,000 times: one client gets it") {
    const auto on = either_engine();
    const int rounds = on == engine::sqlite ? 1000 : 50;
    shop s{on};
    const auto& up = s.start_up({"--scale", "catalog=" + std::to_string(workers)});
    wait_for_workers(s);
    rivals maker{s.http_port(), 1};
    add_product(maker, "Stock", 0);
    for (int i = 0; i < rounds; ++i) add_product(maker, product(i), 1);

    const auto reserving = race_by_order(s, up, rounds);
    const auto all = products(s);
    CHECK_EQ(all.size(), rounds);
    CHECK_EQ(std::ranges::count_if(all, sold_once), rounds);
    const auto taking = race_for_stock(s, up, maker, rounds);
    CHECK(settled(s));
    if (on == engine::postgresql) return; // there it is the server that writes
    CHECK_GT(reserving, 1);
    CHECK_GT(taking, workers / 2);
}

} // namespace postbus::tests
