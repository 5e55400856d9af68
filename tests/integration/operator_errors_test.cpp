#include "tests/integration/shop.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace postbus::tests {

namespace {

/// Ends by itself with the exit code expected (any but 0 for none), saying why in one line.
void check_refusal(process& program, std::optional<exit_code> expected,
                   const std::vector<std::string>& words) {
    const auto code = program.wait(10'000ms);
    CAPTURE(program.name());
    REQUIRE(code);
    if (expected) CHECK_EQ(*code, *expected);
    CHECK_GT(*code, 0);
    const auto err = program.err();
    CAPTURE(err);
    std::istringstream lines{err};
    bool said = false;
    for (std::string line; std::getline(lines, line);)
        said |= std::all_of(words.begin(), words.end(),
                            [&](const auto& word) { return line.find(word) != std::string::npos; });
    CHECK_MESSAGE(said, "no line names all of it");
    CHECK(err.find("terminate called") == std::string::npos);
}

} // namespace

TEST_CASE("an unknown flag is named, with the nearest one, by every program") {
    shop s;
    for (const auto* program :
         {"postbus-broker", "postbus-gateway", "postbus-users", "postbus-catalog", "postbus-orders",
          "postbus-payments", "postbus-journal"})
        check_refusal(s.start_program(program, {"--buss", s.bus()}), 2, {"--buss", "--bus"});
    const auto up = run("postbus", {"up", "--dta", "x"}, s.folder());
    CHECK(up.code == 2);
    CHECK_MESSAGE(up.err.find("--dta") != std::string::npos, up.err);
}

TEST_CASE("a value that cannot be is named with its flag") {
    shop s;
    check_refusal(s.start_program("postbus-broker", {"--bus", "tcp://nowhere"}), 2,
                  {"--bus", "tcp://nowhere"});
    check_refusal(s.start_program("postbus-gateway", {"--bus", s.bus(), "--http", "3000"}),
                  std::nullopt, {"3000"});
    check_refusal(s.start_program("postbus-broker", {"--log-format", "xml"}), 2, {"xml"});
}

TEST_CASE("an unknown key in postbus.toml is named, with its file and the nearest one") {
    shop s;
    std::ofstream{s.folder() / "postbus.toml"} << "bus = \"" << s.bus() << "\"\nhtpp = \"x\"\n";
    for (const auto* program : {"postbus-broker", "postbus-gateway", "postbus-users"})
        check_refusal(s.start_program(program, {}), 2, {"postbus.toml", "htpp", "http"});
}

TEST_CASE("what is not TOML is refused with the file and the line") {
    shop s;
    std::ofstream{s.folder() / "postbus.toml"} << "bus = \"x\"\nhttp = = 3\n";
    check_refusal(s.start_program("postbus-gateway", {}), 2, {"postbus.toml", "2"});
}

TEST_CASE("a port in use is one clear line") {
    shop s;
    s.start();
    check_refusal(s.start_program("postbus-gateway", {"--bus", s.bus(), "--http", s.http()}), 1,
                  {s.http()});
    CHECK_EQ(s.get("/users").status, 200);
}

TEST_CASE("two brokers on one address: the second one says so and ends") {
    shop s;
    s.start();
    check_refusal(s.start_program("postbus-broker", {"--bus", s.bus()}), 1, {s.bus()});
    CHECK_EQ(s.get("/users").status, 200);
}

TEST_CASE("a data folder that is none is one clear line") {
    shop s;
    s.start_broker();
    const auto file = s.folder() / "file";
    std::ofstream{file} << "not a folder";
    check_refusal(s.start_program("postbus-users", {"--bus", s.bus(), "--data", file.string()}), 1,
                  {file.string()});
    check_refusal(
        s.start_program("postbus-users", {"--bus", s.bus(), "--data", "/proc/no/such/place"}), 1,
        {"/proc/no/such/place"});
}

TEST_CASE("a database that is none is one clear line") {
    shop s;
    s.start_broker();
    std::ofstream{s.data() / "users.db"} << std::string(5000, 'x');
    check_refusal(s.start_worker("users"), 1, {"users.db"});
}

TEST_CASE("a worker in another folder is refused, names both databases, and creates nothing") {
    shop s;
    s.start();
    const auto other = s.folder() / "other";
    std::filesystem::create_directory(other);
    auto& stray = s.start_program("postbus-orders", {"--bus", s.bus(), "--data", other.string()});
    check_refusal(stray, 1, {"orders"});
    CHECK_FALSE(std::filesystem::exists(other / "orders.db"));
    CHECK_EQ(s.workers("orders").size(), 1);
}

TEST_CASE("a worker with a database of its own is refused, and names both") {
    shop s;
    shop elsewhere;
    elsewhere.start();
    REQUIRE(elsewhere.stop_everything());
    s.start();
    const auto ids = [](const std::string& log) { // "(database 0123...)"
        const auto at = log.find("(database ");
        return at == std::string::npos ? std::string{"none"} : log.substr(at + 10, 32);
    };
    const auto own = ids(s.worker("orders").err());
    const auto foreign = ids(elsewhere.worker("orders").err());
    auto& stray =
        s.start_program("postbus-orders", {"--bus", s.bus(), "--data", elsewhere.data().string()});
    check_refusal(stray, 1, {own, foreign});
    CHECK_EQ(s.workers("orders").size(), 1);
    CHECK_EQ(s.get("/orders").status, 200);
}

TEST_CASE("the bus and the gateway stay on this machine unless told otherwise") {
    shop s;
    check_refusal(s.start_program("postbus-broker", {"--bus", "tcp://0.0.0.0:5550"}), std::nullopt,
                  {"insecure"});
    check_refusal(s.start_program("postbus-gateway", {"--bus", s.bus(), "--http", "0.0.0.0:3000"}),
                  std::nullopt, {"insecure"});
}

TEST_CASE("every program tells its version and how it is used") {
    shop s;
    for (const auto* program :
         {"postbus-broker", "postbus-gateway", "postbus-users", "postbus-catalog", "postbus-orders",
          "postbus-payments", "postbus-journal", "postbus"}) {
        CAPTURE(program);
        const auto version = run(program, {"--version"}, s.folder());
        CHECK(version.code == 0);
        CHECK(std::any_of(version.out.begin(), version.out.end(),
                          [](char c) { return c >= '0' && c <= '9'; }));
        const auto help = run(program, {"--help"}, s.folder());
        CHECK(help.code == 0);
        CHECK(help.out.find("--") != std::string::npos);
    }
}

} // namespace postbus::tests
