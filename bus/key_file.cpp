#include "bus/key_file.hpp"

#include "bus/settings_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

namespace postbus::bus {

namespace {

constexpr std::string_view public_ending = ".pub";

[[noreturn]] void wrong(const std::string& path, const std::string& what) {
    throw settings_error{path + ": " + what};
}

struct open_file {
    explicit open_file(int its) : fd{its} {}
    ~open_file() {
        if (fd >= 0) ::close(fd);
    }
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;
    int fd;
};

// The key in the file's one line. Nothing of what is there may reach a message: it may be a secret
// that somebody has cut short.
std::string read_key(const std::string& path, bool secret) {
    const open_file file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (file.fd < 0) wrong(path, std::string{"cannot be read: "} + std::strerror(errno));
    struct stat facts {};
    if (::fstat(file.fd, &facts) != 0 || !S_ISREG(facts.st_mode)) wrong(path, "is not a file");
    if (secret && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        wrong(path, "others than its owner may read this secret key: chmod 600 " + path);
    std::array<char, 128> text;
    const auto size = ::read(file.fd, text.data(), text.size());
    if (size < 0) wrong(path, std::string{"cannot be read: "} + std::strerror(errno));
    std::string_view line{text.data(), static_cast<std::size_t>(size)};
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (!is_key(line))
        wrong(path, std::string{"holds no "} + (secret ? "secret" : "public") +
                        " key; `postbus keys` makes one");
    return std::string{line};
}

void write_new(const std::string& path, const std::string& key, mode_t mode) {
    const open_file file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
    if (file.fd < 0)
        wrong(path, errno == EEXIST ? std::string{"is there already; nothing was changed"}
                                    : std::string{"cannot be created: "} + std::strerror(errno));
    const auto line = key + '\n';
    if (::write(file.fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
        ::fsync(file.fd) == 0)
        return;
    const int why = errno;
    ::unlink(path.c_str());
    wrong(path, std::string{"cannot be written: "} + std::strerror(why));
}

} // namespace

key_pair read_key_file(const std::string& path) {
    return key_pair_of(read_key(path, true));
}

std::string read_public_key(const std::string& text) {
    if (text.ends_with(public_ending)) return read_key(text, false);
    if (is_key(text)) return text;
    // What stands there may be a secret in the wrong place.
    throw settings_error{
        "must be a public key of 40 characters, or a file with one such as broker.pub"};
}

void check_new_key(const std::string& folder, const std::string& name) {
    const bool fit = !name.empty() && name.size() <= 64 && name.front() != '.' &&
                     name.front() != '-' && std::ranges::all_of(name, [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
                     });
    if (!fit)
        throw settings_error{'\'' + name +
                             "' cannot name a key: letters, digits, '-', '_' and '.' are right"};
    for (const auto* ending : {".key", ".pub"})
        if (const auto path = folder + '/' + name + ending;
            std::filesystem::exists(std::filesystem::symlink_status(path)))
            wrong(path, "is there already; nothing was changed");
}

std::string make_key_files(const std::string& folder, const std::string& name) {
    check_new_key(folder, name);
    std::error_code failed;
    if (!std::filesystem::exists(folder)) {
        std::filesystem::create_directories(folder, failed);
        if (failed) wrong(folder, "cannot be created: " + failed.message());
        ::chmod(folder.c_str(), S_IRWXU);
    }
    const auto made = make_key_pair();
    const auto path = folder + '/' + name;
    write_new(path + ".key", made.secret_key, S_IRUSR | S_IWUSR);
    try {
        write_new(path + std::string{public_ending}, made.public_key,
                  S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
    } catch (const settings_error&) {
        ::unlink((path + ".key").c_str());
        throw;
    }
    return made.public_key;
}

} // namespace postbus::bus
