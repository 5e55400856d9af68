#pragma once

#include <cstdint>
#include <filesystem>

namespace postbus::tests {

/// A file system of its own that is small enough to be filled: ext4 in a file, so that what is
/// synced goes to the disk. Only root may mount one, and needs a loop device and mkfs.ext4.
class small_disk {
public:
    /// Mounts it there. What the folder holds is hidden until it is gone again.
    small_disk(std::filesystem::path where, std::uint64_t mebibytes);
    ~small_disk();
    small_disk(const small_disk&) = delete;
    small_disk& operator=(const small_disk&) = delete;

    bool mounted() const noexcept { return mounted_; }

    void fill();   ///< takes what space is left
    void unfill(); ///< gives it back

private:
    std::filesystem::path where_;
    bool mounted_ = false;
};

} // namespace postbus::tests
