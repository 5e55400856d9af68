#include "services/kit/fault_log.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <utility>

namespace postbus::kit {

namespace {

constexpr int lines_a_second = 20;
constexpr std::size_t longest_text = 500;

struct ration {
    std::mutex mutex;
    std::chrono::steady_clock::time_point second{};
    int lines = 0;
    int left_out = 0;

    /// How many lines were left out before this one; less than 0: leave it out too.
    int take(std::chrono::steady_clock::time_point now) {
        const std::lock_guard guard{mutex};
        if (now - second >= std::chrono::seconds{1}) {
            second = now;
            lines = 0;
        }
        if (++lines > lines_a_second) {
            ++left_out;
            return -1;
        }
        return std::exchange(left_out, 0);
    }
};

std::array<std::atomic<std::uint64_t>, 5> counts;
constexpr std::array<std::string_view, 5> kinds{"bug", "storage", "interrupted", "unstorable",
                                                "lost"};

} // namespace

std::array<std::pair<std::string_view, std::uint64_t>, 5> fault_counts() noexcept {
    std::array<std::pair<std::string_view, std::uint64_t>, 5> out;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = {kinds[i], counts[i].load()};
    return out;
}

void log_fault(std::string_view what, const fault& why) {
    ++counts[why.lost ? kinds.size() - 1 : static_cast<std::size_t>(why.what)];
    if (why.lost) return; // the connection says it once
    static ration lines;
    const auto left_out = lines.take(std::chrono::steady_clock::now());
    if (left_out < 0) return;
    if (left_out > 0) spdlog::error("{} more errors were left out here", left_out);
    spdlog::error("{}: {}", what, std::string_view{why.text}.substr(0, longest_text));
}

} // namespace postbus::kit
