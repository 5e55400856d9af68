// Old and new code of one version at the same time, and two versions of a service on its one
// database: rolled out and back, no request of what both know fails.

#include "tests/integration/steady_load.hpp"

#include <doctest/doctest.h>

#include <iostream>

namespace postbus::tests {

namespace {

steady_request entries_request(std::size_t n, const std::string& name) {
    const auto entry = R"({"text":")" + name + "\"}";
    switch (n % 4) {
    case 0: return {"GET", "/version"};
    case 1: return {"POST", "/entries", entry, {}, 201, true};
    case 2: return {"GET", "/entries?after=1000000"};
    default: return {"POST", "/entries", entry, {{"Idempotency-Key", '"' + name + '"'}}, 201, true};
    }
}

/// Asks one path again and again, and notes each answer that differs from the one before.
class watcher {
public:
    watcher(std::uint16_t port, std::string path)
        : port_{port}, path_{std::move(path)}, thread_{[this] { run(); }} {}
    ~watcher() { stop(); }
    watcher(const watcher&) = delete;
    watcher& operator=(const watcher&) = delete;

    std::vector<std::string> stop() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
        return seen_;
    }

private:
    void run() {
        while (!stopping_) {
            const auto answer = http_call(port_, "GET", path_);
            auto text = answer ? std::to_string(answer->status) : std::string{"none"};
            if (answer && path_ == "/version") text += ' ' + answer->body;
            if (seen_.empty() || seen_.back() != text) seen_.push_back(text);
            std::this_thread::sleep_for(1ms); // it only watches
        }
    }

    std::uint16_t port_;
    std::string path_;
    std::atomic<bool> stopping_{false};
    std::vector<std::string> seen_;
    std::thread thread_;
};

struct rollout_shop : shop {
    rollout_shop() {
        start_broker();
        start_gateway();
    }
    /// Starts one, and waits until the broker knows it.
    process& worker_of(const std::string& state) {
        const auto before = workers_of_all_versions();
        auto& made =
            start_program("versions-service", {state, "--bus", bus(), "--data", data().string()});
        REQUIRE(eventually(10'000ms, [&] { return workers_of_all_versions() > before; }));
        return made;
    }
    std::size_t workers_of_all_versions() {
        std::size_t count = 0;
        const auto status = parse_json(postbus({"status", "--json"}).out);
        for (const auto& entry : status.at("services").as_array())
            if (entry.at("name").as_string() == "entries")
                count += entry.at("workers").as_array().size();
        return count;
    }
    /// The gateway knows by now what there is not.
    bool settled() {
        return eventually(10'000ms, [&] { return get("/nowhere").status == 404; });
    }
    void check_entries(const steady_result& result) {
        std::map<std::string, int> there;
        for (std::int64_t after = 0;;) {
            const auto page = parse_json(get("/entries?after=" + std::to_string(after)).body);
            if (page.as_array().empty()) break;
            for (const auto& one : page.as_array()) {
                after = one.at("id").as_int64();
                ++there[std::string{std::string_view{one.at("text").as_string()}}];
            }
        }
        CHECK_EQ(there.size(), result.made.size());
        for (const auto& [name, times] : result.made) CHECK_EQ(there[name], 1);
    }
};

} // namespace

TEST_CASE("new code of a version is rolled out and back under load: no request fails") {
    rollout_shop s;
    auto* first = &s.worker_of("old");
    auto* second = &s.worker_of("old");
    REQUIRE(s.wait_served({"/entries"}));
    REQUIRE(s.settled());
    steady_load load{s.http_port(), 6, entries_request};
    REQUIRE(load.wait_for_more(100));
    const auto replace = [&](process*& one, const std::string& state) {
        auto& fresh = s.worker_of(state);
        REQUIRE(load.wait_for_more(30));
        CHECK_EQ(one->stop(), 0);
        one = &fresh;
        REQUIRE(load.wait_for_more(30));
    };
    {
        watcher count{s.http_port(), "/count"};
        replace(first, "new");
        CHECK_EQ(s.get("/count").status, 404); // the other one does not know it
        replace(second, "new");
        CHECK(s.wait_served({"/count"}));
        CHECK_EQ(s.post("/entries", R"({"text":"x","note":"new"})").status, 201);
        CHECK_EQ(count.stop(), std::vector<std::string>{"404", "200"});
    }
    {
        watcher count{s.http_port(), "/count"};
        REQUIRE(load.wait_for_more(30));
        replace(first, "old");
        CHECK_EQ(s.get("/count").status, 404);
        replace(second, "old");
        CHECK_EQ(count.stop(), std::vector<std::string>{"200", "404"});
    }
    auto result = load.stop();
    std::cout << "code rolled out and back: " << result.text() << '\n';
    CHECK_MESSAGE(result.failed.empty(), result.text());
    result.made.emplace("x", 1);
    s.check_entries(result);
}

TEST_CASE("a new version is rolled out and back under load: no request fails") {
    rollout_shop s;
    auto& one = s.worker_of("new");
    auto& another = s.worker_of("new");
    REQUIRE(s.wait_served({"/entries"}));
    REQUIRE(s.settled());
    steady_load load{s.http_port(), 6, entries_request};
    watcher version{s.http_port(), "/version"};
    REQUIRE(load.wait_for_more(100));

    auto& next = s.worker_of("next");
    REQUIRE(load.wait_for_more(100));
    CHECK_EQ(one.stop(), 0);
    REQUIRE(load.wait_for_more(100));
    CHECK_EQ(s.get("/version").body, R"({"value":1})"); // as long as one of its workers is there
    CHECK_EQ(another.stop(), 0);
    REQUIRE(load.wait_for_more(100));
    CHECK_EQ(s.get("/version").body, R"({"value":2})");

    s.worker_of("new"); // back
    CHECK(eventually(5000ms, [&] { return s.get("/version").body == R"({"value":1})"; }));
    REQUIRE(load.wait_for_more(100));
    CHECK_EQ(next.stop(), 0);
    REQUIRE(load.wait_for_more(100));

    const auto result = load.stop();
    std::cout << "version rolled out and back: " << result.text() << '\n';
    CHECK_MESSAGE(result.failed.empty(), result.text());
    CHECK_EQ(version.stop(), std::vector<std::string>{R"(200 {"value":1})", R"(200 {"value":2})",
                                                      R"(200 {"value":1})"});
    s.check_entries(result);
}

} // namespace postbus::tests
