// docs/postbus.toml: every setting there is, no other, with the defaults that the programs have.
// A new key of bus/known_keys.hpp belongs into it, in its table, with a line on what it means.

#include "tests/integration/shop.hpp"

#include "bus/known_keys.hpp"
#include "tests/source_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

namespace postbus::tests {

namespace {

const std::string file = std::string{POSTBUS_SOURCE_DIR} + "/docs/postbus.toml";

struct shown_setting {
    std::string value;
    bool example = false; ///< behind a #: there is no fixed default
};

/// By dotted key, with `*` for the name of the service.
std::map<std::string, shown_setting> settings_in_file() {
    const std::regex table{R"(\[([a-z.-]+)\])"};
    const std::regex setting{R"((# )?([a-z-]+) = (\S.*))"};
    std::map<std::string, shown_setting> found;
    std::istringstream lines{read_file(file)};
    std::string prefix;
    for (std::string line; std::getline(lines, line);) {
        std::smatch parts;
        if (std::regex_match(line, parts, table)) {
            prefix = parts[1].str() + '.';
            if (prefix.starts_with("services.")) prefix = "services.*.";
        } else if (std::regex_match(line, parts, setting)) {
            auto value = parts[3].str();
            std::erase(value, '"');
            const auto key = prefix + parts[2].str();
            CHECK_MESSAGE(found.emplace(key, shown_setting{value, parts[1].matched}).second, key,
                          " stands twice in docs/postbus.toml");
        }
    }
    return found;
}

/// What `--help` says is the default of a key's flag: "--NAME TYPE=DEFAULT  … TOML: KEY)".
std::string default_in(const std::string& help, const std::string& key) {
    const std::regex line{R"(--[a-z-]+( \S+?=(\S+))?\s[^\n]*(\n {20,}[^\n]*)?TOML: )" +
                          std::regex_replace(key, std::regex{"[.*]"}, "\\$&") + R"(\))"};
    std::smatch parts;
    if (!std::regex_search(help, parts, line)) return "not in --help";
    return parts[2].matched ? parts[2].str() : "false"; // a toggle has no value
}

std::string help_of(const std::string& name, std::vector<std::string> words) {
    const temporary_folder empty;
    words.emplace_back("--help");
    const auto done = run(name, words, empty.path());
    CHECK_EQ(done.code, 0);
    return done.out;
}

} // namespace

TEST_CASE("docs/postbus.toml names every setting of the file, and no other") {
    const auto shown = settings_in_file();
    for (const auto key : bus::known_keys)
        CHECK_MESSAGE(shown.contains(std::string{key}), "docs/postbus.toml lacks ",
                      std::string{key});
    for (const auto& one : shown)
        CHECK_MESSAGE(std::ranges::find(bus::known_keys, one.first) != bus::known_keys.end(),
                      "docs/postbus.toml has ", one.first,
                      ", which bus/known_keys.hpp does not know");
}

TEST_CASE("the values in docs/postbus.toml are the defaults") {
    // All tables of docs/postbus.toml show the settings of one of these programs.
    auto help = help_of("postbus-broker", {}) + help_of("postbus-gateway", {}) +
                help_of("postbus", {"up"}) + help_of("postbus-orders", {});
    help = std::regex_replace(help, std::regex{R"(services\.orders\.)"}, "services.*.");
    for (const auto& one : settings_in_file()) {
        const auto& key = one.first;
        const auto& setting = one.second;
        if (setting.example) continue;
        // How many workers `postbus up` starts is a default of its own for each service.
        const auto wanted = key == "services.*.workers" ? "1" : default_in(help, key);
        CHECK_MESSAGE(setting.value == wanted, key, " = ", setting.value, ", by default ", wanted);
    }
}

TEST_CASE("all programs start with docs/postbus.toml") {
    shop s;
    std::filesystem::copy(file, s.folder() / "postbus.toml");
    auto& up = s.start_up();
    CHECK(s.wait_served({"/users", "/products", "/orders", "/payments"}));
    CHECK_EQ(s.workers("orders").size(), 1);
    CHECK_EQ(up.stop(), 0);
}

} // namespace postbus::tests
