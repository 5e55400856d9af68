#pragma once

#include "bus/pending.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace postbus::bus {

/// Keeps those who are refused from filling the log: each line is said once in ten seconds, and few
/// different ones; then how often. Pure, bounded in memory.
class refusal_log {
public:
    static constexpr std::chrono::seconds pause{10};
    static constexpr std::size_t most = 20; ///< different lines within a pause

    /// True: say it now.
    bool count(const std::string& line, time_point now);
    /// What was left unsaid for a pause, with its number. To be called about once a second.
    std::vector<std::string> due(time_point now);

private:
    struct entry {
        time_point said;
        std::uint64_t unsaid = 0;
    };

    std::unordered_map<std::string, entry> lines_;
    std::uint64_t others_ = 0;
    time_point others_since_;
};

} // namespace postbus::bus
