#include "bus/settings.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <unistd.h>

using postbus::bus::endpoint;
using postbus::bus::settings;

namespace {

/// A program's settings as a test sees them: what they hold after parsing, and what was printed.
struct program {
    std::vector<endpoint> brokers;
    std::string http = "127.0.0.1:3000";
    std::string db = "orders.db";
    std::int64_t credits = 256;
    bool insecure = false;
    std::vector<std::string> topics;
    std::map<std::string, std::int64_t> scale{{"users", 1}, {"orders", 1}};
    std::string operation;
    std::string json;
    std::string errors;
    std::string output;
    std::string file;

    std::optional<int> run(std::vector<const char*> flags) {
        settings options{"postbus-test", "Tests settings.\n\nExample: postbus-test"};
        options.brokers(brokers);
        options.text("http", "Where to listen", http);
        options.text("db", "The database", db, "services.orders.db");
        options.number("credits", "Requests at once", credits, 1, 1000, "gateway.threads");
        options.toggle("insecure", "Allow it", insecure, "insecure-bus");
        options.texts("topics", "What to read", topics);
        options.numbers("scale", "Workers", scale, 0, 64, "services.*.workers");
        options.argument("OPERATION", "What to call", operation, false);
        options.argument("JSON", "With what", json, false);
        flags.insert(flags.begin(), "postbus-test");
        std::ostringstream err;
        std::ostringstream out;
        auto* const old_err = std::cerr.rdbuf(err.rdbuf());
        auto* const old_out = std::cout.rdbuf(out.rdbuf());
        const auto code = options.parse(static_cast<int>(flags.size()), flags.data());
        std::cerr.rdbuf(old_err);
        std::cout.rdbuf(old_out);
        errors = err.str();
        output = out.str();
        file = options.file();
        return code;
    }

    /// Runs it, expecting one line on stderr and exit code 2.
    std::string refusal(std::vector<const char*> flags) {
        CHECK(run(std::move(flags)) == 2);
        CHECK(errors.find('\n') == errors.size() - 1);
        CHECK(errors.starts_with("postbus-test: "));
        return errors.substr(14, errors.size() - 15);
    }
};

struct variable {
    variable(const char* name, const char* value) : name_{name} { setenv(name, value, 1); }
    ~variable() { unsetenv(name_); }
    variable(const variable&) = delete;
    variable& operator=(const variable&) = delete;

private:
    const char* name_;
};

struct toml_file {
    explicit toml_file(const std::string& text)
        : path{std::filesystem::temp_directory_path() /
               ("postbus-settings-" + std::to_string(getpid()) + ".toml")} {
        std::ofstream{path} << text;
    }
    ~toml_file() { std::filesystem::remove(path); }
    toml_file(const toml_file&) = delete;
    toml_file& operator=(const toml_file&) = delete;

    std::filesystem::path path;
};

/// What a program says to a file that holds `text`, its path cut off.
std::string refusal_of_file(const std::string& text) {
    const toml_file file{text};
    auto said = program{}.refusal({"--config", file.path.c_str()});
    CHECK(said.starts_with(file.path.string() + ':'));
    return said.substr(file.path.string().size() + 1);
}

} // namespace

TEST_CASE("settings that nobody gives keep their defaults") {
    program p;
    CHECK(p.run({}) == std::nullopt);
    CHECK(p.http == "127.0.0.1:3000");
    CHECK(p.credits == 256);
    CHECK_FALSE(p.insecure);
    CHECK(p.brokers == std::vector{endpoint{}});
}

TEST_CASE("flags beat variables, variables beat the file, the file beats the defaults") {
    const toml_file file{"http = 'file:1'\ngateway.threads = 1\n[services.orders]\ndb = 'file'\n"};
    const variable http{"POSTBUS_HTTP", "variable:1"};
    const variable credits{"POSTBUS_CREDITS", "2"};
    program p;
    CHECK(p.run({"--config", file.path.c_str(), "--http", "flag:1"}) == std::nullopt);
    CHECK(p.http == "flag:1");
    CHECK(p.credits == 2);
    CHECK(p.db == "file");
    CHECK(p.file == file.path);
}

TEST_CASE("an empty variable counts as not given") {
    const variable http{"POSTBUS_HTTP", ""};
    program p;
    CHECK(p.run({}) == std::nullopt);
    CHECK(p.http == "127.0.0.1:3000");
}

TEST_CASE("the file may be named by a variable") {
    const toml_file file{"insecure-bus = true\nbus = ['tcp://a:1', 'tcp://b:2']\n"};
    const variable config{"POSTBUS_CONFIG", file.path.c_str()};
    program p;
    CHECK(p.run({}) == std::nullopt);
    CHECK(p.insecure);
    CHECK(p.brokers == std::vector{endpoint{"a", 1}, endpoint{"b", 2}});
}

TEST_CASE("a list comes from a repeated flag, or from a variable with commas") {
    program p;
    CHECK(p.run({"--bus", "tcp://127.0.0.1:1", "--bus", "tcp://[::1]:2"}) == std::nullopt);
    CHECK(p.brokers == std::vector{endpoint{"127.0.0.1", 1}, endpoint{"::1", 2}});
    const variable bus{"POSTBUS_BUS", "tcp://127.0.0.2:3,tcp://localhost:4"};
    CHECK(p.run({}) == std::nullopt);
    CHECK(p.brokers == std::vector{endpoint{"127.0.0.2", 3}, endpoint{"localhost", 4}});
    CHECK(p.run({"--topics", "a", "--topics", "b,c"}) == std::nullopt);
    CHECK(p.topics == std::vector<std::string>{"a", "b,c"});
}

TEST_CASE("a setting whose key no list knows is not taken from the file") {
    CHECK(refusal_of_file("topics = ['a']").starts_with("1: unknown key 'topics'; "));
}

TEST_CASE("a map's entries are replaced one by one, by the strongest source that names them") {
    const toml_file file{"[services]\norders.workers = 2\nmail.workers = 2\nusers.db = 'x'\n"};
    program p;
    CHECK(p.run({"--config", file.path.c_str(), "--scale", "orders=3"}) == std::nullopt);
    CHECK(p.scale == std::map<std::string, std::int64_t>{{"mail", 2}, {"orders", 3}, {"users", 1}});
}

TEST_CASE("an argument may be any text, also one that looks like a list or a lone dash") {
    program p;
    CHECK(p.run({"users.list", "[1,2]"}) == std::nullopt);
    CHECK(p.json == "[1,2]");
    CHECK(p.run({"users.list", "-"}) == std::nullopt);
    CHECK(p.json == "-");
}

TEST_CASE("the last of two equal flags wins") {
    program p;
    CHECK(p.run({"--http", "a:1", "--http", "b:1"}) == std::nullopt);
    CHECK(p.http == "b:1");
}

TEST_CASE("help and version go to stdout and end the program well") {
    program p;
    CHECK(p.run({"--help"}) == 0);
    CHECK(p.output.find("--credits") != std::string::npos);
    CHECK(p.output.find("Example: postbus-test") != std::string::npos);
    CHECK(p.run({"--version"}) == 0);
    CHECK(p.output == "postbus-test " POSTBUS_VERSION "\n");
    CHECK(p.errors.empty());
}

TEST_CASE("an unknown flag is refused, naming it and the nearest known one") {
    CHECK(program{}.refusal({"--htpp", "x:1"}) ==
          "unknown flag --htpp; the nearest known one is --http");
    CHECK(program{}.refusal({"--credit=3"}) ==
          "unknown flag --credit; the nearest known one is --credits");
}

TEST_CASE("a wrong value is refused, naming the flag or variable that holds it") {
    CHECK(program{}.refusal({"--credits", "1001"}) ==
          "--credits: must be a whole number from 1 to 1000, not '1001'");
    CHECK(program{}.refusal({"--credits", "many"}).starts_with("--credits: "));
    CHECK(program{}.refusal({"--http"}) == "--http needs a value");
    CHECK(program{}.refusal({"--insecure=perhaps"}).starts_with("--insecure: "));
    CHECK(program{}.refusal({"--scale", "orders"}) ==
          "--scale: must look like NAME=NUMBER, not 'orders'");
    CHECK(program{}.refusal({"--scale", "orders=65"}).starts_with("--scale: "));
    CHECK(program{}.refusal({"--log-format", "xml"}) ==
          "--log-format: must be text or json, not 'xml'");
    CHECK(program{}.refusal({"a", "b", "c"}) == "unexpected argument 'c'; see --help");
    const variable bus{"POSTBUS_BUS", "localhost"};
    CHECK(program{}.refusal({}).starts_with("POSTBUS_BUS: 'localhost' "));
}

TEST_CASE("an unknown key in the file is refused, naming its line and the nearest known key") {
    CHECK(refusal_of_file("\nhtpp = 'a:1'") ==
          "2: unknown key 'htpp'; the nearest known one is 'http'");
    CHECK(refusal_of_file("[services.mail]\nbd = 'x'") ==
          "2: unknown key 'services.mail.bd'; the nearest known one is 'services.mail.db'");
    CHECK(refusal_of_file("services = 1").starts_with("1: services must be a table"));
}

TEST_CASE("a value of the wrong type or range in the file is refused, naming line and key") {
    CHECK(refusal_of_file("http = 3") == "1: http: must be a text");
    CHECK(refusal_of_file("http.x = 3") == "1: http: must be a text");
    CHECK(refusal_of_file("gateway.threads = '3'") == "1: gateway.threads: must be a whole number");
    CHECK(refusal_of_file("gateway.threads = 3.5") == "1: gateway.threads: must be a whole number");
    CHECK(refusal_of_file("gateway.threads = 0")
              .starts_with("1: gateway.threads: must be a whole number from 1"));
    CHECK(refusal_of_file("insecure-bus = 1") == "1: insecure-bus: must be true or false");
    CHECK(refusal_of_file("bus = []") == "1: bus: names no broker");
    CHECK(refusal_of_file("bus = [1]") == "1: bus: must be a text or an array of texts");
    CHECK(refusal_of_file("[services.orders]\nworkers = -1").starts_with("2: services.orders."));
}

TEST_CASE("a file that is not TOML, or not there, is refused in one line") {
    CHECK(refusal_of_file("\n\nhttp =").starts_with("3: not valid TOML: "));
    CHECK(refusal_of_file("http = 'a'\nhttp = 'b'").find("not valid TOML: ") != std::string::npos);
    CHECK(program{}.refusal({"--config", "/nowhere.toml"}) == "/nowhere.toml: cannot be read");
    CHECK(program{}.refusal({"--config", "/tmp"}) == "/tmp: is a folder; a TOML file is wanted");
}
