// Many publishers and several subscribers: who sees what, in which order, and how soon.

#include "tests/integration/journal.hpp"
#include "tests/integration/line_watch.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <set>

namespace postbus::tests {

namespace {

/// Clients that publish together at a steady rate, each event with data that no other has, and
/// that never repeat themselves: what became of an event they hear no good answer to, they leave
/// open.
class publishers {
public:
    publishers(std::uint16_t port, int clients, int a_second)
        : port_{port}, pause_{std::chrono::microseconds{1'000'000} * clients / a_second},
          acknowledged_(static_cast<std::size_t>(clients)) {
        for (int i = 0; i < clients; ++i)
            threads_.emplace_back(
                [this, i] { run(i, acknowledged_[static_cast<std::size_t>(i)]); });
    }
    ~publishers() { stop(); }
    publishers(const publishers&) = delete;
    publishers& operator=(const publishers&) = delete;

    int sent() const noexcept { return sent_; }
    /// The data of all that were acknowledged, by their ids.
    std::map<std::string, std::string> stop() {
        stopping_ = true;
        for (auto& one : threads_) one.join();
        threads_.clear();
        std::map<std::string, std::string> all;
        for (auto& part : acknowledged_) all.merge(part);
        return all;
    }

private:
    void run(int client, std::map<std::string, std::string>& acknowledged) {
        std::optional<http_connection> connection;
        int n = 0;
        for (auto next = clock::now(); !stopping_; next += pause_, ++sent_) {
            std::this_thread::sleep_until(next); // that is its rate
            if (!connection) connection.emplace(port_);
            const auto data = '[' + std::to_string(client) + ',' + std::to_string(++n) + ']';
            connection->send_request("POST", "/events/load.sent", data);
            const auto answer = connection->receive();
            if (!answer || answer->field("connection") == "close") connection.reset();
            if (answer && answer->status == 201)
                acknowledged[std::string{parse_json(answer->body).at("id").as_string()}] = data;
        }
    }

    std::uint16_t port_;
    std::chrono::microseconds pause_;
    std::atomic<bool> stopping_{false};
    std::atomic<int> sent_{0};
    std::vector<std::map<std::string, std::string>> acknowledged_; // by client
    std::vector<std::thread> threads_;
};

struct shown_event {
    std::string id;
    std::string source;
    std::string data;
};

std::vector<shown_event> shown(const process& subscriber) {
    std::vector<shown_event> out;
    for (const auto& line : lines_of(subscriber.out())) {
        const auto event = parse_json(line);
        out.push_back({std::string{event.at("id").as_string()},
                       std::string{event.at("source").as_string()},
                       boost::json::serialize(event.at("data"))});
    }
    return out;
}

/// Every log from where the subscriber began, without a gap, in its order.
void check_dense(const std::vector<shown_event>& events, bool from_start) {
    std::map<std::string, std::int64_t> last;
    int out_of_order = 0;
    for (const auto& one : events) {
        const auto [at, first] = last.try_emplace(one.source, number_of(one.id));
        if (first) out_of_order += from_start && at->second != 1;
        else out_of_order += number_of(one.id) != ++at->second;
    }
    CHECK_EQ(out_of_order, 0);
    CHECK_EQ(last.size(), 2);
}

void check_all_seen(const std::vector<shown_event>& events,
                    const std::map<std::string, std::string>& acknowledged) {
    std::map<std::string, std::string> seen;
    std::set<std::string> data;
    int twice = 0;
    for (const auto& one : events) {
        seen[one.id] = one.data;
        if (one.data.front() == '[') twice += !data.insert(one.data).second;
    }
    int missing = 0;
    for (const auto& [id, data_of_it] : acknowledged) {
        const auto at = seen.find(id);
        missing += at == seen.end() || at->second != data_of_it;
    }
    CHECK_EQ(twice, 0);
    CHECK_EQ(missing, 0);
}

double at_share(const std::vector<double>& sorted, double share) {
    return sorted.at(static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1)));
}

/// Publishes 50 events a second for three seconds. The median, in ms, from the publisher's answer
/// to the subscriber's line. What is printed beside it, from the event's time, has the sync of the
/// commit in it: on a busy disk that is most of it.
double latency_at_light_load(shop& s, const process& subscriber) {
    using ms = std::chrono::duration<double, std::milli>;
    constexpr int count = 150;
    line_watch watch{subscriber};
    std::map<std::string, clock::time_point> answered;
    std::string last;
    http_connection connection{s.http_port()};
    auto next = clock::now();
    for (int i = 0; i < count; ++i) {
        std::this_thread::sleep_until(next += 20ms); // that is its rate
        connection.send_request("POST", "/events/light.ticked", "1");
        const auto answer = connection.receive();
        REQUIRE(answer);
        answered[last = id_of(*answer)] = clock::now();
    }
    REQUIRE(eventually(5000ms, [&] { return subscriber.out().find(last) != std::string::npos; }));
    std::vector<double> since_time;
    std::vector<double> since_answer;
    for (const auto& [line, at, unix] : watch.stop()) {
        const auto event = parse_json(line);
        const auto answer = answered.find(std::string{event.at("id").as_string()});
        if (answer == answered.end()) continue;
        since_answer.push_back(ms{at - answer->second}.count());
        since_time.push_back(ms{unix - unix_time(event.at("time").as_string())}.count());
    }
    REQUIRE_EQ(since_time.size(), count);
    std::ranges::sort(since_time);
    std::ranges::sort(since_answer);
    MESSAGE("ms from an event's time to its line: median ", at_share(since_time, 0.5), ", p99 ",
            at_share(since_time, 0.99), "; from the answer to its publisher: median ",
            at_share(since_answer, 0.5), ", p99 ", at_share(since_answer, 0.99));
    return at_share(since_answer, 0.5);
}

} // namespace

TEST_CASE("8 clients publish 2,000 events a second: 4 subscribers see each once and in order, "
          "though broker and journals are killed") {
    shop s;
    start_journal(s);
    s.start_worker("journal");
    s.start_worker("users");
    REQUIRE(s.wait_served({"/users"}));
    std::vector<process*> all{&subscribe(s, {""}), &subscribe(s, {""}),
                              &subscribe(s, {"", "--from-start"})};
    for (auto* one : all) {
        await_listening(s, *one, "load.begun");
        REQUIRE(eventually(10'000ms, [&] {
            s.post("/users", R"({"name":"Now"})");
            return one->out().find("Now") != std::string::npos;
        }));
    }
    publishers load{s.http_port(), 8, 2000};
    const auto go_on = [&](int more) {
        const auto enough = load.sent() + more;
        CHECK(eventually(30'000ms, [&] { return load.sent() >= enough; }));
        CHECK_EQ(s.post("/users", R"({"name":"Between"})").status, 201);
    };
    const auto begun = clock::now();
    for (int round = 0; round < 2; ++round) {
        go_on(1500);
        s.broker().kill();
        s.start_broker();
        go_on(1500);
        s.worker("journal").kill();
        s.start_worker("journal");
        if (round == 0) all.push_back(&subscribe(s, {"", "--from-start"}));
    }
    go_on(2000);
    const auto sent = load.sent();
    const auto rate = sent / std::chrono::duration<double>{clock::now() - begun}.count();
    const auto acknowledged = load.stop();
    MESSAGE(sent, " events at ", static_cast<int>(rate), " a second, ", acknowledged.size(),
            " acknowledged");
    CHECK_GE(acknowledged.size(), sent * 9 / 10);
    const auto last = id_of(s.post("/events/load.ended", R"("end")"));
    CHECK_EQ(s.post("/users", R"({"name":"The last"})").status, 201);
    for (const auto* one : all) {
        CHECK(eventually(10'000ms, [&] {
            const auto said = one->out();
            return said.find(last) != std::string::npos &&
                   said.find("The last") != std::string::npos;
        }));
        const auto events = shown(*one);
        check_dense(events, one == all[2] || one == all[3]);
        check_all_seen(events, acknowledged);
    }
}

TEST_CASE("at light load half of the events are with their subscriber within 5 ms of the answer to "
          "their publisher") {
    shop s;
    start_journal(s);
    auto& subscriber = subscribe(s, {"light."});
    await_listening(s, subscriber, "light.begun");
    CHECK_LT(latency_at_light_load(s, subscriber), static_cast<double>(scaled(5ms).count()));
}

} // namespace postbus::tests
