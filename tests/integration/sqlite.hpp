#pragma once

#include "tests/integration/timing.hpp"

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

namespace postbus::tests {

/// What `PRAGMA integrity_check` says of a copy of the database, its write-ahead log included: "ok"
/// when all is well. A copy, so that looking repairs nothing. Nobody may be writing meanwhile.
std::string integrity(const std::filesystem::path& database);

/// Runs statements on the database, as somebody with a shell would. Throws std::runtime_error.
void execute(const std::filesystem::path& database, const std::string& statements);

/// A foreign program that reads: one snapshot after the other, each held for that long.
class snapshot_reader {
public:
    snapshot_reader(std::filesystem::path database, milliseconds hold);
    ~snapshot_reader();
    snapshot_reader(const snapshot_reader&) = delete;
    snapshot_reader& operator=(const snapshot_reader&) = delete;

    /// Lets go at once. How many snapshots there were; 0 also when it could not read.
    std::uint64_t stop();

private:
    void run();

    std::filesystem::path database_;
    milliseconds hold_;
    std::mutex guard_;
    std::condition_variable stopped_;
    bool stopping_ = false;
    std::uint64_t snapshots_ = 0;
    std::thread thread_;
};

} // namespace postbus::tests
