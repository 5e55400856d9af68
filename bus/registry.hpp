#pragma once

#include "bus/messages.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::bus {

/// What the broker has heard services say of themselves. Soft state: it starts empty, and workers
/// fill it by saying READY. Checks descriptions; publishes snapshots.
class registry {
public:
    struct entry {
        service_description description;
        std::uint32_t workers = 0; ///< ready ones, of this version
        call_id watermark;
        std::int64_t database_ahead_ms = 0;
    };

    static constexpr std::size_t max_services = 4096;
    static constexpr std::size_t max_operations = 256;

    /// Why this READY is refused for good, naming both sides of a conflict; empty when it is fine.
    std::string objection(const ready&) const;
    /// Enters or updates the service of a READY that had no objection. True when subscribers should
    /// hear of it.
    bool announce(const ready&, std::int64_t unix_ms);
    void worker_joined(const std::string& key);
    void worker_left(const std::string& key);
    /// Its last worker drained some time ago: its routes go.
    void withdraw(const std::string& key);

    const entry* find(std::string_view key) const;
    std::uint64_t revision() const noexcept { return revision_; }
    void touch() noexcept { ++revision_; }
    registry_snapshot snapshot() const;

private:
    entry* find_mutable(std::string_view key);

    std::vector<entry> entries_; // in the order of first announcement
    std::vector<std::string> withdrawn_;
    std::uint64_t revision_ = 1;
};

/// Why the description alone is unfit; empty when it is fit.
std::string objection_to(const service_description&);

} // namespace postbus::bus
