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
    /// One of the descriptions that the workers of a version give of it.
    struct variant {
        std::uint32_t number = 0;
        std::uint32_t workers = 0;
        service_description description;
    };
    struct entry {
        service_description description; ///< what is shown: see bus/shown_description.hpp
        std::vector<variant> variants;   ///< of the workers that are ready
        std::uint32_t workers = 0;       ///< ready ones, of this version
        call_id watermark;
        std::int64_t database_ahead_ms = 0;
    };

    static constexpr std::size_t max_services = 4096;
    static constexpr std::size_t max_operations = 256;
    static constexpr std::size_t max_variants = 16; ///< of one version at once

    /// Why this READY is refused for good, naming both sides of a conflict; empty when it is fine.
    std::string objection(const ready&) const;
    /// Enters or updates the service of a READY that had no objection. True when subscribers should
    /// hear of it.
    bool announce(const ready&, std::int64_t unix_ms);
    /// A worker takes requests, as it describes itself. The number of its variant.
    std::uint32_t worker_joined(const service_description&);
    bool has_variant(const service_description&, std::uint32_t number) const;
    void worker_left(const std::string& key, std::uint32_t number);
    /// Its last worker drained some time ago: its routes go.
    void withdraw(const std::string& key);

    const entry* find(std::string_view key) const;
    std::uint64_t revision() const noexcept { return revision_; }
    void touch() noexcept { ++revision_; }
    registry_snapshot snapshot() const;

private:
    entry* find_mutable(std::string_view key);
    void show(entry&);

    std::vector<entry> entries_; // in the order of first announcement; a service's versions upwards
    std::uint32_t last_variant_ = 0;
    std::vector<std::string> withdrawn_;
    std::uint64_t revision_ = 1;
};

/// Why the description alone is unfit; empty when it is fit.
std::string objection_to(const service_description&);

} // namespace postbus::bus
