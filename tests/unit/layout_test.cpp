// The shape of the tree is a promise: includes point one way, each library has its place, and the
// top level stays what it is. A line that breaks it fails here, naming the file.

#include "tests/source_dir.hpp"
#include "tests/unit_sources.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::tests {

namespace {

namespace fs = std::filesystem;

const fs::path source_root{POSTBUS_SOURCE_DIR};

const std::set<std::string, std::less<>> top_level{
    "meson.build",     "bus",     "services", "gateway", "schemas", "tests",
    "README.md",       "dev",     "tools",    "bench",   "docs",    "CHANGELOG.md",
    "CONTRIBUTING.md", "LICENSE", "build",    "data", // what ./dev makes; not kept
};

/// The part a file belongs to: "bus", or within services "services/kit". A unit test belongs to
/// what it tests.
std::string part_of(std::string_view path) {
    if (path.starts_with("tests/unit/")) path.remove_prefix(std::string_view{"tests/unit/"}.size());
    const auto slash = path.find('/');
    if (slash == std::string_view::npos) return {};
    if (path.substr(0, slash) != "services") return std::string{path.substr(0, slash)};
    return std::string{path.substr(0, path.find('/', slash + 1))};
}

/// What a part may include, itself aside. A part that is not named may include anything.
const std::map<std::string, std::set<std::string>, std::less<>> below{
    {"schemas", {}},
    {"bus", {"schemas"}},
    {"services/kit", {"schemas", "bus"}},
    {"gateway", {"schemas", "bus"}},
    {"tools", {"schemas", "bus"}},
};

bool may_include(const std::string& from, const std::string& to) {
    if (from == to) return true;
    if (from.starts_with("services/") && from != "services/kit")
        return to == "schemas" || to == "bus" || to == "services/kit";
    const auto known = below.find(from);
    return known == below.end() || known->second.contains(to);
}

bool may_use_soci(std::string_view path) {
    const auto part = part_of(path);
    if (part == "services/kit" || path.starts_with("tests/unit/services/")) return true;
    return part.starts_with("services/") && path.find("/store") != std::string_view::npos;
}

/// What is wrong with one include line of the file at `path`; empty: nothing.
std::string fault(std::string_view path, std::string_view line) {
    if (!line.starts_with("#include ") || line.size() < 11) return {};
    const char quote = line[9];
    const auto name = line.substr(10, line.find(quote == '<' ? '>' : '"', 10) - 10);
    const auto part = part_of(path);
    const auto complain = [&](std::string_view rule) {
        return std::string{path} + ": " + std::string{line} + ": " + std::string{rule};
    };
    if (quote == '"') {
        if (name.find("..") != std::string_view::npos || name.find('/') == std::string_view::npos)
            return complain("includes are written from the repository's root");
        const bool test = path.starts_with("tests/");
        if (!(test && name.starts_with("tests/")) && !may_include(part, part_of(name)))
            return complain("includes point one way: schemas <- bus <- services/kit <- services/*, "
                            "and bus <- gateway, bus <- tools");
        return {};
    }
    if (name.starts_with("zmq") && part != "bus") return complain("only bus/ includes ZeroMQ");
    if (name.starts_with("boost/beast") && part != "gateway")
        return complain("only gateway/ includes Beast");
    if (name.starts_with("soci") && !may_use_soci(path))
        return complain("only services/kit and the stores include SOCI");
    return {};
}

std::vector<fs::path> source_files() {
    std::vector<fs::path> files;
    for (const auto& top : fs::directory_iterator{source_root}) {
        const auto name = top.path().filename().string();
        if (!top.is_directory() || name.starts_with('.') || name == "build" || name == "data")
            continue;
        for (const auto& entry : fs::recursive_directory_iterator{top.path()}) {
            const auto extension = entry.path().extension();
            if (extension == ".cpp" || extension == ".hpp") files.push_back(entry.path());
        }
    }
    return files;
}

} // namespace

TEST_CASE("includes point one way and each library has its place") {
    const auto files = source_files();
    REQUIRE_GT(files.size(), 20);
    for (const auto& file : files) {
        const auto path = fs::relative(file, source_root).generic_string();
        std::ifstream in{file};
        for (std::string line; std::getline(in, line);) CHECK_EQ(fault(path, line), "");
    }
}

TEST_CASE("every header is included once however often it is named") {
    for (const auto& file : source_files()) {
        if (file.extension() != ".hpp") continue;
        CAPTURE(file.string());
        std::ifstream in{file};
        std::stringstream text;
        text << in.rdbuf();
        CHECK(text.str().find("#pragma once") != std::string::npos);
    }
}

TEST_CASE("nothing new stands at the top level") {
    for (const auto& entry : fs::directory_iterator{source_root}) {
        const auto name = entry.path().filename().string();
        CAPTURE(name);
        CHECK((name.starts_with('.') || top_level.contains(name)));
    }
}

TEST_CASE("every unit test on disk is in the program: else run meson setup --reconfigure") {
    std::set<std::string> built;
    std::istringstream names{POSTBUS_UNIT_SOURCES};
    for (std::string name; names >> name;) built.insert("tests/" + name);
    for (const auto& file : source_files()) {
        const auto path = fs::relative(file, source_root).generic_string();
        if (!path.starts_with("tests/unit/") || !path.ends_with(".cpp")) continue;
        if (path == "tests/unit/main.cpp") continue; // shared with the integration tests
        CAPTURE(path);
        CHECK(built.contains(path));
    }
}

TEST_CASE("an include against the direction is noticed") {
    CHECK_NE(fault("schemas/a.hpp", "#include \"bus/envelope.hpp\""), "");
    CHECK_NE(fault("bus/a.cpp", "#include \"services/kit/run.hpp\""), "");
    CHECK_NE(fault("services/users/a.cpp", "#include \"services/orders/store.hpp\""), "");
    CHECK_NE(fault("services/kit/a.cpp", "#include \"services/users/store.hpp\""), "");
    CHECK_NE(fault("services/users/a.cpp", "#include \"gateway/routes.hpp\""), "");
    CHECK_NE(fault("gateway/a.cpp", "#include \"services/kit/run.hpp\""), "");
    CHECK_NE(fault("gateway/a.cpp", "#include \"tools/up.hpp\""), "");
    CHECK_NE(fault("tools/a.cpp", "#include \"gateway/routes.hpp\""), "");
    CHECK_NE(fault("bus/a.cpp", "#include \"envelope.hpp\""), "");
    CHECK_NE(fault("bus/a.cpp", "#include \"../schemas/codec.hpp\""), "");
    CHECK_NE(fault("tests/unit/gateway/a_test.cpp", "#include \"services/kit/run.hpp\""), "");

    CHECK_EQ(fault("bus/a.hpp", "#include \"schemas/codec.hpp\""), "");
    CHECK_EQ(fault("services/users/a.cpp", "#include \"services/kit/run.hpp\""), "");
    CHECK_EQ(fault("services/users/a.cpp", "#include \"services/users/store.hpp\""), "");
    CHECK_EQ(fault("tests/unit/bus/a_test.cpp", "#include \"tests/unit/golden.hpp\""), "");
    CHECK_EQ(fault("tests/integration/a.cpp", "#include \"services/kit/run.hpp\""), "");
}

TEST_CASE("a library outside of its place is noticed") {
    CHECK_NE(fault("gateway/a.cpp", "#include <zmq.hpp>"), "");
    CHECK_NE(fault("services/kit/a.cpp", "#include <zmq.h>"), "");
    CHECK_NE(fault("tools/a.cpp", "#include <boost/beast/http.hpp>"), "");
    CHECK_NE(fault("bus/a.cpp", "#include <soci/soci.h>"), "");
    CHECK_NE(fault("services/users/service.cpp", "#include <soci/soci.h>"), "");

    CHECK_EQ(fault("bus/a.cpp", "#include <zmq.hpp>"), "");
    CHECK_EQ(fault("gateway/a.cpp", "#include <boost/beast/http.hpp>"), "");
    CHECK_EQ(fault("services/kit/a.cpp", "#include <soci/soci.h>"), "");
    CHECK_EQ(fault("services/users/store.cpp", "#include <soci/soci.h>"), "");
    CHECK_EQ(fault("tests/unit/services/a_test.cpp", "#include <soci/soci.h>"), "");
}

} // namespace postbus::tests
