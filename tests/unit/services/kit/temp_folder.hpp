#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace postbus::tests {

/// A folder of its own for one test, gone at its end.
class temp_folder {
public:
    temp_folder() {
        auto name = (std::filesystem::temp_directory_path() / "postbus-test-XXXXXX").string();
        if (!mkdtemp(name.data())) throw std::runtime_error{"mkdtemp " + name};
        path_ = name;
    }
    ~temp_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temp_folder(const temp_folder&) = delete;
    temp_folder& operator=(const temp_folder&) = delete;

    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

} // namespace postbus::tests
