// The bus with keys: who comes in, who may do what, and what those hear who may not.

#include "tests/integration/loopback.hpp"
#include "tests/integration/shop.hpp"
#include "tests/integration/zmtp.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>

namespace postbus::tests {

namespace {

bool says(const process& who, const std::string& what) {
    return eventually(5000ms, [&] { return who.err().find(what) != std::string::npos; });
}

bool contains(const std::string& text, std::string_view what) {
    return text.find(what) != std::string::npos;
}

/// The policy with one part of it replaced by another. Every test begins with docs/policy.toml.
void rewrite(const shop& s, const std::string& from, const std::string& to) {
    auto text = read_file(s.policy());
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    std::ofstream{s.policy()} << text;
}

std::string key_of(const shop& s, const std::string& name) {
    const auto shown = run(
        "postbus", {"keys", "show", (s.keys() / (name + ".pub")).string(), "--json"}, s.folder());
    REQUIRE_MESSAGE(shown.code == 0, shown.err);
    return std::string{parse_json(shown.out).at("public_key").as_string()};
}

void make_key(const shop& s, const std::string& name) {
    const auto made =
        run("postbus", {"keys", "make", name, "--folder", s.keys().string()}, s.folder());
    REQUIRE_MESSAGE(made.code == 0, made.err);
}

finished status_with(const shop& s, const std::vector<std::string>& flags) {
    std::vector<std::string> words{"status", "--bus", s.bus()};
    words.insert(words.end(), flags.begin(), flags.end());
    return run("postbus", words, s.folder());
}

/// The mechanism in the greeting of whoever listens there; we greet with CURVE.
std::string mechanism_at(std::uint16_t port) {
    const int fd = connected_to(port);
    REQUIRE_GE(fd, 0);
    REQUIRE(send_all(fd, zmtp_greeting("CURVE")));
    std::array<char, 64> greeting{};
    REQUIRE_EQ(recv(fd, greeting.data(), greeting.size(), MSG_WAITALL), 64);
    close(fd);
    return &greeting[12];
}

} // namespace

TEST_CASE("a shop with keys works from the gateway to its books, and all of its bus is encrypted") {
    shop s;
    s.use_keys();
    auto& up = s.start_up();
    const auto made = s.post("/orders", R"({"user":1,"product":"Book"})");
    REQUIRE_EQ(made.status, 201);
    const auto path = "/orders/" + std::to_string(parse_json(made.body).at("id").as_int64());
    CHECK(eventually(10'000ms, [&] { return contains(s.get(path).body, R"("confirmed")"); }));
    CHECK_EQ(s.postbus({"audit"}).code, 0);
    CHECK_EQ(s.postbus({"call", "users.list"}).code, 0);
    CHECK_EQ(s.postbus({"publish", "door.opened", "1"}).code, 0);
    CHECK_EQ(s.postbus({"events", "list", "orders"}).code, 0);
    CHECK_EQ(s.workers("orders").size(), 1);
    CHECK(eventually(5000ms, [&] { return contains(s.get("/metrics").body, "broker"); }));
    for (const int port : {0, 1})
        CHECK_EQ(mechanism_at(static_cast<std::uint16_t>(s.bus_port() + port)), "CURVE");
    for (const auto* name : {"broker", "gateway", "postbus", "users"})
        CHECK_FALSE(contains(up.err(), read_file(s.keys() / (std::string{name} + ".key"))));
    CHECK_EQ(up.stop(), 0);
}

TEST_CASE("who has no key, one that nobody knows, or another key for the broker's is told, and the "
          "broker says so too") {
    shop s;
    s.use_keys();
    s.start();
    make_key(s, "stranger");
    const auto stranger = (s.keys() / "stranger.key").string();

    const auto plain = status_with(s, {});
    CHECK_EQ(plain.code, 1);
    CHECK(contains(plain.err, "wants keys: give this program's own with --bus-key"));
    // One that goes on trying: a peer may hang up before the broker has seen what it is.
    auto& worker = s.start_program("postbus-payments", {"--bus", s.bus(), "--data", s.data()});
    CHECK(says(worker, "wants keys"));
    CHECK(says(s.broker(), "refused somebody without keys"));

    const auto unknown = status_with(s, {"--bus-key", stranger});
    CHECK_EQ(unknown.code, 1);
    CHECK(contains(unknown.err, "does not know the key " + key_of(s, "stranger")));
    const auto top =
        run("postbus", {"top", "--once", "--bus", s.bus(), "--bus-key", stranger}, s.folder());
    CHECK_EQ(top.code, 1);
    CHECK(contains(top.err, "does not know the key " + key_of(s, "stranger")));
    CHECK(contains(top.out, "does not know the key " + key_of(s, "stranger")));
    CHECK(says(s.broker(), "the policy does not name its key " + key_of(s, "stranger")));

    const auto misled = status_with(
        s, {"--bus-key", s.keys(), "--broker-key", (s.keys() / "stranger.pub").string()});
    CHECK_EQ(misled.code, 1);
    CHECK(contains(misled.err, "does not have the key " + key_of(s, "stranger")));
    CHECK(says(s.broker(), "takes another key for this broker's"));
    CHECK_EQ(s.get("/users").status, 200);
}

TEST_CASE("a program with keys does not talk to a broker without") {
    shop s;
    s.start_broker();
    s.use_keys();
    const auto refused = s.postbus({"status"});
    CHECK_EQ(refused.code, 1);
    CHECK(contains(refused.err, "has no keys"));
}

TEST_CASE("a worker that the policy does not know says so and waits; named there, it serves") {
    shop s;
    s.use_keys();
    rewrite(s, "[keys.users]\nkey = \"users.pub\"", "[keys.users]\nkey = \"stranger.pub\"");
    make_key(s, "stranger");
    s.start_broker();
    s.start_gateway();
    auto& users = s.start_worker("users");
    CHECK(says(users, "does not know the key " + key_of(s, "users")));
    CHECK(users.running());
    rewrite(s, "stranger.pub", "users.pub");
    s.broker().send(SIGHUP);
    CHECK(s.wait_served({"/users"}));
    CHECK_FALSE(contains(users.err(), read_file(s.keys() / "users.key").substr(0, 40)));
}

TEST_CASE("a key that may not serve a service is refused with the reason, and its worker ends") {
    shop s;
    s.use_keys();
    s.start();
    auto& other = s.start_worker("payments", {"--bus-key", (s.keys() / "users.key").string()});
    CHECK_EQ(other.wait(10'000ms), 1);
    CHECK(contains(other.err(), "the key 'users' that it may not be a worker of 'payments'"));
    CHECK(says(s.broker(), "refused users: it may not be a worker of 'payments'"));
    CHECK_EQ(s.get("/users").status, 200);
    CHECK_NE(s.get("/payments").status, 200);
}

TEST_CASE("a call that a key may not make is answered 403, not executed, and logged") {
    shop s;
    s.use_keys();
    rewrite(s, "calls = \"*\"\npublishes = \"*\"", "calls = [\"users.*\", \"orders.list\"]");
    rewrite(s, "calls = \"*\"\npublishes = \"*\"\noperates = true",
            "calls = \"users.list\"\npublishes = \"door.*\"");
    s.start();
    s.start_worker("journal");
    CHECK_EQ(s.get("/users").status, 200);
    CHECK_EQ(s.get("/orders").status, 200);
    const auto made = s.post("/orders", R"({"user":1,"product":"Book"})");
    CHECK_EQ(made.status, 403);
    CHECK(contains(made.body, R"("outcome":"not-executed")"));
    CHECK(contains(made.body, "policy"));
    CHECK(says(s.broker(), "refused gateway: it may not call 'orders.create'"));
    CHECK(eventually(5000ms, [&] { return s.post("/events/door.opened", "1").status == 403; }));

    CHECK_EQ(s.postbus({"call", "users.list"}).code, 0);
    const auto refused = s.postbus({"call", "users.get", R"({"id":1})"});
    CHECK_EQ(refused.code, 1);
    CHECK(contains(refused.err, R"("status":403)"));
    CHECK_EQ(s.postbus({"publish", "door.opened", "1"}).code, 0);
    CHECK_EQ(s.postbus({"publish", "window.opened", "1"}).code, 1);
    CHECK(says(s.broker(), "refused postbus: it may not publish 'window.opened'"));
    CHECK_EQ(s.postbus({"status"}).code, 1);
    CHECK(says(s.broker(), "refused postbus: it may not call operations of the broker"));
}

TEST_CASE("a service that may not read the events it needs says so, and reads them once it may") {
    shop s;
    s.use_keys();
    rewrite(s, "calls = [\"users.events\", \"users.events_read\", ", "calls = [");
    s.start();
    CHECK(says(s.worker("orders"), "does not let this worker call users.events:"));
    CHECK(says(s.broker(), "refused orders: it may not call 'users.events'"));
    auto& reader = s.start_program("postbus", {"subscribe", "", "--bus", s.bus(), "--bus-key",
                                               (s.keys() / "orders.key").string()});
    CHECK(says(reader, "the events of users are not for this key"));
    rewrite(s, "calls = [\"catalog.events\"", "calls = [\"users.*\", \"catalog.events\"");
    s.broker().send(SIGHUP);
    CHECK(says(s.broker(), "the policy was read again"));
    CHECK_EQ(s.post("/users", R"({"name":"Carol"})").status, 201);
    CHECK(eventually(10'000ms, [&] {
        const auto asked = s.postbus({"events", "sources", "orders", "--json"});
        const auto said = parse_json(asked.out);
        for (const auto& one : said.at("sources").as_array())
            if (one.at("source").as_string() == "users") return one.at("seq").as_int64() > 0;
        return false;
    }));
}

TEST_CASE("SIGHUP: a policy with a mistake changes nothing; a good one cuts off whom it does not "
          "name, and lets them in again") {
    shop s;
    s.use_keys();
    s.start();
    const auto good = read_file(s.policy());
    rewrite(s, "serves = \"orders\"", "servs = \"orders\"");
    s.broker().send(SIGHUP);
    CHECK(says(s.broker(), "the policy stays as it was: "));
    CHECK(contains(s.broker().err(), "keys.orders.servs: unknown key; the nearest known one is "
                                     "'serves'"));
    CHECK_EQ(s.get("/orders").status, 200);

    std::ofstream{s.policy()} << good;
    make_key(s, "stranger");
    rewrite(s, "gateway.pub", "stranger.pub");
    s.broker().send(SIGHUP);
    CHECK(says(s.gateway(), "does not know the key " + key_of(s, "gateway")));
    CHECK(eventually(5000ms, [&] { return s.get("/orders").status == 503; }));
    CHECK(contains(s.get("/orders").body, "not-executed"));
    CHECK_EQ(s.postbus({"call", "orders.list"}).code, 0); // others noticed nothing

    std::ofstream{s.policy()} << good;
    rewrite(s, "serves = \"users\"", "serves = \"mail\"");
    s.broker().send(SIGHUP);
    CHECK(s.wait_served({"/orders"}));
    CHECK_EQ(s.worker("users").wait(10'000ms), 1);
    CHECK(contains(s.worker("users").err(), "may not be a worker of 'users' any more"));
    CHECK(s.broker().running());
}

TEST_CASE("nothing listens or connects beyond loopback without keys, unless told to") {
    shop s;
    const auto far = "tcp://0.0.0.0:" + std::to_string(s.bus_port());
    auto& broker = s.start_program("postbus-broker", {"--bus", far});
    CHECK_EQ(broker.wait(10'000ms), 2);
    CHECK(contains(broker.err(), "give --bus-key and --bus-policy"));
    CHECK(contains(broker.err(), "--insecure-bus"));
    for (const auto* name : {"postbus-users", "postbus-gateway"}) {
        auto& one = s.start_program(name, {"--bus", "tcp://192.0.2.1:5550"});
        CHECK_EQ(one.wait(10'000ms), 2);
        CHECK(contains(one.err(), "give --bus-key and --broker-key"));
    }
}

TEST_CASE("a secret key that others may read stops whoever is to use it") {
    shop s;
    s.use_keys();
    const auto file = s.keys() / "broker.key";
    std::filesystem::permissions(file, std::filesystem::perms{0640});
    auto& broker = s.start_broker();
    CHECK_EQ(broker.wait(10'000ms), 2);
    CHECK(contains(broker.err(), "chmod 600 " + file.string()));
}

TEST_CASE("postbus keys: makes pairs once, shows public keys, and never a secret") {
    const temporary_folder folder;
    const std::vector<std::string> words{"keys", "make", "a", "b", "--folder", "k", "--json"};
    const auto made = run("postbus", words, folder.path());
    REQUIRE_EQ(made.code, 0);
    const auto first = parse_json(made.out.substr(0, made.out.find('\n')));
    const auto secret = read_file(folder.path() / "k/a.key");
    CHECK_EQ(first.at("name").as_string(), "a");
    CHECK_FALSE(contains(made.out, secret.substr(0, 40)));
    const auto again = run("postbus", words, folder.path());
    CHECK_EQ(again.code, 1);
    CHECK(contains(again.err, "k/a.key: is there already"));
    CHECK_EQ(read_file(folder.path() / "k/a.key"), secret);
    const auto shown = run("postbus", {"keys", "show", "k/a.key"}, folder.path());
    CHECK(shown.out.starts_with(std::string{first.at("public_key").as_string()}));
    CHECK_FALSE(contains(shown.out + shown.err, secret.substr(0, 40)));
    // A secret where a file's name belongs is not repeated.
    const auto slip = run("postbus", {"status", "--bus-key", secret.substr(0, 40)}, folder.path());
    CHECK_EQ(slip.code, 2);
    CHECK_FALSE(contains(slip.err, secret.substr(0, 40)));
}

} // namespace postbus::tests
