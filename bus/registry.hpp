#pragma once

#include "bus/messages.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::bus {

/// What the broker has heard services say of themselves. Soft state: it starts empty, and workers
/// fill it by saying READY. Checks descriptions; publishes snapshots. Nothing but a snapshot costs
/// more when more services are known.
class registry {
public:
    /// One of the descriptions that the workers of a version give of it.
    struct variant {
        std::uint32_t number = 0;
        std::uint32_t workers = 0;
        service_description description;
        std::size_t bytes = 0; ///< of the description, encoded
    };
    struct entry {
        service_description description; ///< what is shown: see bus/shown_description.hpp
        std::vector<variant> variants;   ///< of the workers that are ready
        std::uint32_t workers = 0;       ///< ready ones, of this version
        call_id watermark;
        std::int64_t database_ahead_ms = 0;
        std::size_t bytes = 0;           ///< of what is shown, encoded
        std::vector<std::string> routes; ///< that any of its workers announces, by shape
    };

    static constexpr std::size_t max_services = 4096;
    static constexpr std::size_t max_bytes = 8 * 1024 * 1024; ///< of all descriptions, encoded
    static constexpr std::size_t max_operations = 256;
    static constexpr std::size_t max_variants = 16; ///< of one version at once

    /// Why this READY is refused for good, naming both sides of a conflict; empty when it is fine.
    std::string objection(const ready&) const;
    /// Whether the description, so many bytes encoded, can be kept beside the others.
    bool has_room(const ready&, std::size_t bytes) const;
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
    using place = std::list<entry>::iterator;
    struct owner {
        std::string name;
        std::uint32_t versions = 0; // of that service that have the route
    };
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };
    template <class Value>
    using table = boost::unordered_flat_map<std::string, Value, hash, std::equal_to<>>;

    entry* find_mutable(std::string_view key);
    place insert(const service_description&);
    void show(entry&);
    void weigh(entry&);
    void own_routes(entry&);
    void disown_routes(entry&);
    std::string route_taken(const service_description&) const;

    std::list<entry> entries_; // in the order of first announcement; a service's versions upwards
    table<place> by_key_;
    table<std::vector<place>> by_name_; // the versions of each, upwards
    table<owner> owners_;               // of routes, by shape
    std::size_t bytes_ = 0;             // what is shown, and the variants
    std::uint32_t last_variant_ = 0;
    std::vector<std::string> withdrawn_;
    std::uint64_t revision_ = 1;
};

/// Why the description alone is unfit; empty when it is fit.
std::string objection_to(const service_description&);

} // namespace postbus::bus
