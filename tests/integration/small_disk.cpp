#include "tests/integration/small_disk.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace postbus::tests {

namespace {

bool shell(const std::string& line) {
    const int code = std::system((line + " > /dev/null 2>&1").c_str());
    return WIFEXITED(code) && WEXITSTATUS(code) == 0;
}

} // namespace

small_disk::small_disk(std::filesystem::path where, std::uint64_t mebibytes)
    : where_{std::move(where)} {
    if (getuid() != 0) return;
    std::filesystem::create_directories(where_);
    const auto image = where_.string() + ".disk";
    // Nobody's blocks are reserved for root, who runs the workers too.
    mounted_ = shell("truncate -s " + std::to_string(mebibytes) + "M '" + image + "'") &&
               shell("mkfs.ext4 -q -F -m 0 -O ^has_journal '" + image + "'") &&
               shell("mount -o loop '" + image + "' '" + where_.string() + "'");
    // The mount keeps it, and nothing else needs its name.
    std::error_code ignored;
    std::filesystem::remove(image, ignored);
}

small_disk::~small_disk() {
    if (mounted_) umount2(where_.c_str(), MNT_DETACH); // and the loop device goes with it
}

void small_disk::fill() {
    const int fd = open((where_ / "filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) throw std::system_error{errno, std::generic_category(), "filler"};
    struct statvfs room {};
    // Others write meanwhile, and the file's own bookkeeping takes blocks too: the last ones
    // singly.
    for (auto piece = std::uint64_t{1} << 40; piece >= 4096; piece /= 2)
        while (fstatvfs(fd, &room) == 0 && room.f_bavail * room.f_frsize >= piece &&
               posix_fallocate(fd, lseek(fd, 0, SEEK_END), static_cast<off_t>(piece)) == 0) {
        }
    close(fd);
}

void small_disk::unfill() {
    std::filesystem::remove(where_ / "filler");
}

} // namespace postbus::tests
