#include "tools/data_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include <unistd.h>

using postbus::tools::data_folder;
using postbus::tools::start_error;

namespace {

struct temporary_folder {
    temporary_folder()
        : path{std::filesystem::temp_directory_path() /
               ("postbus-data-" + std::to_string(getpid()))} {
        std::filesystem::create_directories(path);
    }
    ~temporary_folder() { std::filesystem::remove_all(path); }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;

    std::filesystem::path path;
};

std::string refusal(const std::string& path) {
    try {
        const data_folder folder{path};
    } catch (const start_error& e) {
        return e.what();
    }
    return {};
}

} // namespace

TEST_CASE("a missing data folder is created") {
    const temporary_folder base;
    const auto path = base.path / "deep" / "data";
    const data_folder folder{path};
    CHECK(std::filesystem::exists(path / "postbus.lock"));
}

TEST_CASE("a data folder belongs to one supervisor at a time, and the other is told whose it is") {
    const temporary_folder base;
    {
        const data_folder first{base.path};
        const auto said = refusal(base.path);
        CHECK(said.find(base.path.string() + " is in use") != std::string::npos);
        CHECK(said.find("(pid " + std::to_string(getpid()) + ')') != std::string::npos);
    }
    CHECK(refusal(base.path) == "");
}

TEST_CASE("a data folder that cannot be had is refused, naming it") {
    const temporary_folder base;
    const auto file = base.path / "file";
    std::ofstream{file} << "x";
    CHECK(refusal(file / "data").starts_with("cannot create the data folder " + file.string()));
    CHECK(refusal(file).find(file.string()) != std::string::npos);
}
