#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace postbus::kit {

/// Sizes of the write-ahead log, in bytes.
struct wal_limits {
    std::uint64_t checkpoint = 4ULL
                               << 20U; ///< from here: moved into the database, readers permitting
    std::uint64_t truncate = 64ULL << 20U; ///< from here: also cut, to give the disk back
    std::uint64_t refuse = 1ULL << 30U;    ///< from here: no more writes

    /// The same with another limit for writes, at least 8 MiB.
    static wal_limits of(std::uint64_t refuse) noexcept {
        wal_limits out;
        out.refuse = refuse;
        out.truncate = std::min(out.truncate, refuse / 2);
        return out;
    }
};

/// When to checkpoint. Pure: the holder of the write lock asks it after each commit.
class wal_policy {
public:
    using time_point = std::chrono::steady_clock::time_point;
    enum class step { none, passive, truncate };

    explicit wal_policy(wal_limits limits = {}) : limits_{limits} {}

    step next(std::uint64_t wal_bytes, time_point now) noexcept {
        if (wal_bytes < size_after_) size_after_ = 0; // the log began anew
        const bool again = unfinished_ && now >= not_before_ && wal_bytes >= limits_.checkpoint;
        if (wal_bytes < size_after_ + limits_.checkpoint && !again) return step::none;
        return wal_bytes < limits_.truncate ? step::passive : step::truncate;
    }

    /// The next one comes when the log has grown by as much again: readers may keep it from
    /// beginning anew. One that did not finish is tried again after a second.
    void tried(bool finished, std::uint64_t wal_bytes, time_point now) noexcept {
        unfinished_ = !finished;
        not_before_ = now + std::chrono::seconds{1};
        size_after_ = wal_bytes;
    }

    bool refuses_writes(std::uint64_t wal_bytes) const noexcept {
        return wal_bytes >= limits_.refuse;
    }

private:
    wal_limits limits_;
    bool unfinished_ = false;
    time_point not_before_{};
    std::uint64_t size_after_ = 0;
};

} // namespace postbus::kit
