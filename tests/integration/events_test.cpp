#include "tests/integration/journal.hpp"
#include "tests/integration/refused_request.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <future>

namespace postbus::tests {

namespace {

const refused_request requests[] = {
    {"a topic of another service", "POST", "/events/orders.placed", "{}", 422, "topic"},
    {"a topic of one word", "POST", "/events/door", "{}", 422, "topic"},
    {"a topic in capitals", "POST", "/events/Door.opened", "{}", 422, "topic"},
    {"no JSON", "POST", "/events/door.opened", "{", 400, ""},
    {"an unknown parameter", "POST", "/events/door.opened?kex=1", "{}", 422, "kex"},
    {"a GET of a topic", "GET", "/events/door.opened", "", 405, ""},
};

} // namespace

TEST_CASE("an event that is published over HTTP is printed as it is, and its id is its place") {
    shop s;
    start_journal(s);
    const auto first = s.post("/events/door.opened?key=front", R"({ "n": 1.50, "s":"\u00e9" })");
    const auto id = id_of(first);
    CHECK_EQ(number_of(id), 1);
    const auto list = s.postbus({"events", "list", "journal", "--json"});
    REQUIRE_EQ(list.code, 0);
    CHECK_MESSAGE(list.out.find(R"("data":{ "n": 1.50, "s":"\u00e9" })") != std::string::npos,
                  list.out);
    CHECK_MESSAGE(list.out.find(R"("id":")" + id +
                                R"(","source":"/journal","type":"door.opened",)"
                                R"("subject":"front","time":"20)") != std::string::npos,
                  list.out);
    for (const auto& bad : requests)
        check_problem(s.call(bad.method, bad.path, bad.body, bad.fields), bad);
    CHECK_EQ(s.call("POST", "/events/a.b", "1", {{"Content-Type", "text/plain"}}).status, 415);
    const auto full = s.post("/events/a.b", '"' + std::string((1 << 20) - 2, 'x') + '"');
    CHECK_EQ(full.status, 201);
    CHECK_EQ(s.post("/events/a.b", '"' + std::string(1 << 20, 'x') + '"').status, 413);
}

TEST_CASE("events are published by command, one a line, and refused with the code of a call") {
    shop s;
    start_journal(s);
    const auto one = s.postbus({"publish", "door.opened", R"({"door":1})", "--key", "1"});
    CHECK_EQ(one.code, 0);
    REQUIRE_EQ(lines_of(one.out).size(), 1);
    std::string input;
    for (int i = 0; i < 1000; ++i) input += R"({"n":)" + std::to_string(i) + "}\n";
    const auto many = s.postbus({"publish", "door.counted", "-"}, input);
    CHECK_EQ(many.code, 0);
    const auto ids = lines_of(many.out);
    REQUIRE_EQ(ids.size(), 1000);
    CHECK_EQ(number_of(ids.front()), 2);
    CHECK_EQ(number_of(ids.back()), 1001);
    const auto listed = s.postbus({"events", "list", "journal", "--json", "--after", "1000"});
    CHECK_EQ(ids_of(listed.out), std::vector{ids.back()});
    CHECK(listed.out.find(R"("data":{"n":999})") != std::string::npos);

    const auto refused = s.postbus({"publish", "orders.placed", "-"}, "1\n2\n3\n");
    CHECK_EQ(refused.code, 1);
    CHECK_EQ(refused.out, "");
    CHECK_EQ(lines_of(refused.err).size(), 1);
    CHECK_EQ(s.postbus({"publish", "door.opened", "{"}).code, 2);
    const auto bad_line = s.postbus({"publish", "door.opened", "-"}, "1\n\n{\n4\n");
    CHECK_EQ(bad_line.code, 2);
    CHECK_EQ(lines_of(bad_line.out).size(), 1);
    CHECK_MESSAGE(bad_line.err.find("line 3") != std::string::npos, bad_line.err);
    CHECK_EQ(s.postbus({"publish", "door.opened"}).code, 2);
    const shop nobody;
    CHECK_EQ(run("postbus", {"publish", "a.b", "1", "--bus", nobody.bus()}, s.folder()).code, 3);
}

TEST_CASE("a subscriber shows new events of its prefix at once, from the start the old ones too") {
    shop s;
    start_journal(s);
    s.start_worker("users");
    REQUIRE(s.wait_served({"/users"}));
    const auto old = id_of(s.post("/events/door.opened", "1"));
    auto& all = subscribe(s, {"", "--from-start"});
    auto& doors = subscribe(s, {"door."});
    await_listening(s, doors, "door.knocked");
    const auto begun = clock::now();
    s.post("/events/window.opened", "2");
    const auto fresh = id_of(s.post("/events/door.opened", "3"));
    REQUIRE(eventually(1000ms, [&] { return doors.out().find(fresh) != std::string::npos; }));
    CHECK_LT(clock::now() - begun, scaled(500ms));
    CHECK(doors.out().find('"' + old + '"') == std::string::npos);
    CHECK(doors.out().find("window") == std::string::npos);
    CHECK(eventually(1000ms, [&] { return all.out().find(fresh) != std::string::npos; }));
    CHECK(all.out().find(old) != std::string::npos);
    CHECK(all.out().find("window.opened") != std::string::npos);
    CHECK(eventually(1000ms, [&] { return all.out().find("users.created") != std::string::npos; }));
    for (auto* one : {&all, &doors}) {
        one->send(SIGINT);
        CHECK(one->wait(5000ms) == 0);
    }
}

TEST_CASE("each event of two publishers is shown once and in order, though broker and journal are "
          "killed") {
    shop s{either_engine()};
    start_journal(s);
    auto& shown = subscribe(s, {"load."});
    await_listening(s, shown, "load.begun");
    std::atomic<bool> stop = false;
    std::atomic<int> over_http = 0;
    auto http = std::async(std::launch::async, [&] {
        std::vector<std::pair<int, std::string>> answers;
        while (!stop) {
            const auto answer = http_call(s.http_port(), "POST", "/events/load.http", "{}");
            answers.emplace_back(answer ? answer->status : 0, answer ? answer->body : "");
            ++over_http;
        }
        return answers;
    });
    auto lines = std::async(std::launch::async, [&] {
        std::string ids;
        for (int i = 0; !stop; ++i) {
            const auto done = s.postbus({"publish", "load.lines", "-"}, "1\n2\n3\n4\n5\n6\n7\n8\n");
            ids += done.code == 0 ? done.out : "failed: " + done.err + '\n';
        }
        return ids;
    });
    const auto go_on = [&] {
        const int before = over_http;
        CHECK(eventually(20'000ms, [&] { return over_http > before + 100; }));
    };
    for (int round = 0; round < 2; ++round) {
        go_on();
        s.broker().kill();
        s.start_broker();
        go_on();
        s.worker("journal").kill();
        s.start_worker("journal");
    }
    go_on();
    stop = true;
    std::vector<std::string> published = lines_of(lines.get());
    for (const auto& [status, body] : http.get()) {
        CHECK_EQ(status, 201);
        if (status == 201) published.emplace_back(parse_json(body).at("id").as_string());
    }
    std::ranges::sort(published, {}, number_of);
    CHECK(std::ranges::adjacent_find(published) == published.end());
    const auto last = published.back();
    CHECK(eventually(10'000ms, [&] { return shown.out().find(last) != std::string::npos; }));
    auto seen = ids_of(shown.out());
    CHECK(std::ranges::is_sorted(seen, std::less{}, number_of));
    CHECK(std::ranges::adjacent_find(seen) == seen.end());
    std::erase_if(seen,
                  [&](const auto& id) { return number_of(id) < number_of(published.front()); });
    CHECK_EQ(seen.size(), published.size());
    CHECK(seen == published);
    CHECK(shown.running());
}

TEST_CASE("parked events are listed and replayed by command") {
    shop s;
    s.start_broker();
    s.start_worker("catalog");
    s.start_gateway();
    REQUIRE(s.wait_served({"/products"}));
    const auto none = s.postbus({"events", "parked"});
    CHECK_EQ(none.code, 0);
    CHECK_EQ(none.out, "no events are parked\n");
    CHECK_EQ(s.postbus({"events", "parked", "catalog", "--json"}).out,
             "{\"service\":\"catalog\",\"parked\":[]}\n");
    CHECK_EQ(s.postbus({"events", "replay", "catalog", "--source", "orders", "--json"}).out,
             "{\"events\":0}\n");
    const auto unknown = s.postbus({"events", "list", "catlog"});
    CHECK_EQ(unknown.code, 2);
    CHECK_MESSAGE(unknown.err.find("catalog") != std::string::npos, unknown.err);
}

} // namespace postbus::tests
