#pragma once

#include "bus/share.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::bus {

/// What the open calls of one client hold, by service: the callers of one that does not answer must
/// leave enough for those of the others. Pure.
class open_share {
public:
    /// What one call holds.
    struct use {
        std::uint32_t service = 0;
        std::size_t bytes = 0;
    };

    open_share(std::size_t most_calls, std::size_t most_bytes)
        : most_calls_{most_calls}, most_bytes_{most_bytes} {}

    /// Nothing: there is no room, or the service has its share. See within_share.
    std::optional<use> take(std::string_view service, std::size_t bytes) {
        const auto index = index_of(service);
        auto& mine = services_[index];
        if (!within_share(mine.calls, all_.calls, most_calls_) ||
            !within_share(mine.bytes + bytes, all_.bytes + bytes, most_bytes_))
            return std::nullopt;
        for (auto* one : {&mine, &all_}) ++one->calls, one->bytes += bytes;
        return use{index, bytes};
    }
    void give_back(const use& held) noexcept {
        for (auto* one : {&services_[held.service], &all_}) --one->calls, one->bytes -= held.bytes;
    }

private:
    struct sum {
        std::size_t calls = 0;
        std::size_t bytes = 0;
    };
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const noexcept {
            return std::hash<std::string_view>{}(key);
        }
    };

    // A caller knows as many services as registries name: some thousands at most.
    std::uint32_t index_of(std::string_view service) {
        const auto known = by_key_.find(service);
        if (known != by_key_.end()) return known->second;
        services_.emplace_back();
        const auto index = static_cast<std::uint32_t>(services_.size() - 1);
        by_key_.emplace(service, index);
        return index;
    }

    std::size_t most_calls_;
    std::size_t most_bytes_;
    sum all_;
    std::vector<sum> services_;
    boost::unordered_flat_map<std::string, std::uint32_t, hash, std::equal_to<>> by_key_;
};

} // namespace postbus::bus
