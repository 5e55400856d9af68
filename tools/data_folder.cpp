#include "tools/data_folder.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace postbus::tools {
namespace {

std::string holder_of(int lock) {
    std::array<char, 32> text{};
    const auto size = pread(lock, text.data(), text.size() - 1, 0);
    std::string pid{text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
    while (pid.ends_with('\n')) pid.pop_back();
    return pid.empty() ? std::string{} : " (pid " + pid + ')';
}

} // namespace

data_folder::data_folder(const std::string& path) {
    std::error_code failed;
    std::filesystem::create_directories(path, failed);
    if (failed && !std::filesystem::is_directory(path))
        throw start_error{"cannot create the data folder " + path + ": " + failed.message()};
    const auto file = path + "/postbus.lock";
    lock_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0)
        throw start_error{"the data folder " + path +
                          " cannot be written to: " + std::strerror(errno)};
    if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        const auto holder = holder_of(lock_);
        close(lock_);
        throw start_error{"the data folder " + path + " is in use by another postbus up" + holder +
                          "; stop that one, or choose another folder with --data"};
    }
    const auto pid = std::to_string(getpid()) + '\n';
    if (ftruncate(lock_, 0) != 0 ||
        pwrite(lock_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        const std::string why = std::strerror(errno);
        close(lock_);
        throw start_error{"the data folder " + path + " cannot be written to: " + why};
    }
}

// The file stays: removing it would let two supervisors lock two files of one name.
data_folder::~data_folder() {
    close(lock_);
}

} // namespace postbus::tools
