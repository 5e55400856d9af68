#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace postbus::fuzz {

/// A rule does not hold: says which, and dies, so that libFuzzer keeps the input.
[[noreturn]] inline void fail(const char* rule) {
    std::fprintf(stderr, "rule broken: %s\n", rule);
    std::abort();
}

inline void require(bool holds, const char* rule) {
    if (!holds) fail(rule);
}

/// What the fuzzer gave, taken from the front as decisions. At the end everything is zero.
class bytes {
public:
    bytes(const std::uint8_t* data, std::size_t size)
        : left_{reinterpret_cast<const char*>(data), size} {}

    bool empty() const noexcept { return left_.empty(); }
    std::uint8_t byte() noexcept {
        if (left_.empty()) return 0;
        const auto value = static_cast<std::uint8_t>(left_.front());
        left_.remove_prefix(1);
        return value;
    }
    /// 0 to below - 1.
    unsigned pick(unsigned below) noexcept { return byte() % below; }
    std::string_view text(std::size_t most) noexcept {
        const auto taken = left_.substr(0, most);
        left_.remove_prefix(taken.size());
        return taken;
    }
    std::string_view rest() noexcept { return text(left_.size()); }

private:
    std::string_view left_;
};

} // namespace postbus::fuzz
