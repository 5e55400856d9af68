#include "bus/registry.hpp"

#include "bus/envelope.hpp"
#include "bus/shown_description.hpp"
#include "schemas/codec.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace postbus::bus {

namespace {

constexpr std::array<std::string_view, 6> reserved_paths{"/livez",        "/readyz", "/metrics",
                                                         "/openapi.json", "/docs",   "/events"};
constexpr std::array<std::string_view, 5> methods{"GET", "POST", "PUT", "PATCH", "DELETE"};

template <class Range>
bool contains(const Range& range, std::string_view value) {
    return std::find(range.begin(), range.end(), value) != range.end();
}

bool valid_name(std::string_view name) {
    const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
    return !name.empty() && lower(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
        return lower(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

bool reserved(std::string_view path) {
    return std::any_of(reserved_paths.begin(), reserved_paths.end(), [&](std::string_view taken) {
        return path == taken || (path.starts_with(taken) && path[taken.size()] == '/');
    });
}

// What is published over HTTP is kept by one service.
bool is_journal_route(const operation& op, const std::string& service) {
    return service == "journal" && op.path == "/events/{topic}";
}

bool has_route(const operation& op) {
    return !op.method.empty() || !op.path.empty();
}

// "/users/{id}" and "/users/{user}" are one route.
std::string shape(const operation& op) {
    std::string out = op.method + ' ';
    bool inside = false;
    for (const char c : op.path) {
        if (!inside) out += c;
        if (c == '{') inside = true;
        if (c == '}') inside = false, out += c;
    }
    return out;
}

std::string objection_to(const operation& op, const std::string& service) {
    const auto which = "operation '" + op.name + "': ";
    if (!op.name.starts_with(service + '.') || op.name.size() > 100)
        return which + "its name must begin with '" + service +
               ".' and have at most 100 characters";
    if (op.time_limit_ms == 0 || op.time_limit_ms > 600'000)
        return which + "its time limit must be between 1 ms and 10 minutes";
    if (!has_route(op)) return {};
    if (!contains(methods, op.method)) return which + "method '" + op.method + "' is not known";
    if (!op.path.starts_with('/') || op.path.size() > 500)
        return which + "path '" + op.path + "' must begin with '/' and have at most 500 characters";
    if (reserved(op.path) && !is_journal_route(op, service))
        return which + "path '" + op.path + "' is reserved for the gateway";
    return {};
}

// Also those that are not shown, because some of its workers do not have them (yet).
std::set<std::string> routes_of(const registry::entry& known) {
    std::set<std::string> shapes;
    const auto look = [&](const service_description& in) {
        for (const auto& op : in.operations)
            if (has_route(op)) shapes.insert(shape(op));
    };
    for (const auto& its : known.variants) look(its.description);
    look(known.description);
    return shapes;
}

} // namespace

std::string objection_to(const service_description& service) {
    if (!valid_name(service.name) || service.key().size() > max_service_key)
        return "service name '" + service.name +
               "' must match [a-z][a-z0-9_-]* and, with its version, have at most 32 characters";
    if (service.name == "broker") return "the name 'broker' is the broker's own";
    if (service.version == 0) return "service " + service.name + ": version must be at least 1";
    if (service.operations.size() > registry::max_operations)
        return "service " + service.name + ": more than 256 operations";
    std::set<std::string> shapes;
    for (const auto& op : service.operations) {
        if (auto why = objection_to(op, service.name); !why.empty()) return why;
        if (has_route(op) && !shapes.insert(shape(op)).second)
            return "service " + service.name + " announces " + op.method + ' ' + op.path + " twice";
    }
    return {};
}

std::string registry::objection(const ready& said) const {
    const auto& service = said.description;
    if (auto why = objection_to(service); !why.empty()) return why;
    if (const auto versions = by_name_.find(service.name); versions != by_name_.end())
        for (const auto at : versions->second) {
            const auto& known = *at;
            if (known.workers != 0 && known.description.database_id != service.database_id)
                return "service " + service.name + " is served from database " +
                       known.description.database_id + ", this worker has database " +
                       service.database_id + "; give it the same --data or --db as the others";
            if (known.description.version == service.version &&
                known.variants.size() >= max_variants &&
                std::ranges::find(known.variants, service, &variant::description) ==
                    known.variants.end())
                return "the workers of " + service.key() + " describe it in " +
                       std::to_string(max_variants) + " ways already";
        }
    return route_taken(service);
}

std::string registry::route_taken(const service_description& service) const {
    for (const auto& op : service.operations) {
        if (!has_route(op)) continue;
        const auto its = owners_.find(shape(op));
        if (its != owners_.end() && its->second.name != service.name)
            return "service " + service.name + " announces " + op.method + ' ' + op.path +
                   ", which service " + its->second.name + " has already";
    }
    return {};
}

bool registry::has_room(const ready& said, std::size_t bytes) const {
    const auto* known = find(said.description.key());
    if (!known) return entries_.size() < max_services && bytes_ + 2 * bytes <= max_bytes;
    const bool kept = std::ranges::find(known->variants, said.description, &variant::description) !=
                      known->variants.end();
    return kept || bytes_ + 2 * bytes <= max_bytes;
}

bool registry::announce(const ready& said, std::int64_t unix_ms) {
    const auto before = revision_;
    const auto& service = said.description;
    auto* known = find_mutable(service.key());
    if (!known) {
        known = &*insert(service);
        std::erase(withdrawn_, service.key());
        touch();
    }
    if (said.watermark > known->watermark) {
        known->watermark = said.watermark;
        touch();
    }
    if (said.database_unix_ms != 0) known->database_ahead_ms = said.database_unix_ms - unix_ms;
    return revision_ != before;
}

// Of several versions the lowest is found first, and has the routes that they share.
registry::place registry::insert(const service_description& service) {
    auto& versions = by_name_[service.name];
    const auto higher = std::ranges::find_if(
        versions, [&](place one) { return one->description.version > service.version; });
    const auto made = entries_.emplace(higher == versions.end() ? entries_.end() : *higher);
    versions.insert(higher, made);
    by_key_.emplace(service.key(), made);
    made->description = service;
    weigh(*made);
    own_routes(*made);
    return made;
}

std::uint32_t registry::worker_joined(const service_description& said) {
    auto* known = find_mutable(said.key());
    if (!known) return 0;
    ++known->workers;
    touch();
    const auto same = std::ranges::find(known->variants, said, &variant::description);
    if (same != known->variants.end()) {
        ++same->workers;
        return same->number;
    }
    known->variants.push_back({++last_variant_, 1, said, schemas::encode(said).size()});
    bytes_ += known->variants.back().bytes;
    show(*known);
    return last_variant_;
}

bool registry::has_variant(const service_description& said, std::uint32_t number) const {
    const auto* known = find(said.key());
    return known && std::ranges::any_of(known->variants, [&](const variant& its) {
               return its.number == number && its.description == said;
           });
}

void registry::worker_left(const std::string& key, std::uint32_t number) {
    auto* known = find_mutable(key);
    if (!known) return;
    --known->workers;
    touch();
    const auto its = std::ranges::find(known->variants, number, &variant::number);
    if (its == known->variants.end() || --its->workers != 0) return;
    bytes_ -= its->bytes;
    known->variants.erase(its);
    show(*known);
}

void registry::weigh(entry& one) {
    bytes_ -= one.bytes;
    one.bytes = schemas::encode(one.description).size();
    bytes_ += one.bytes;
}

// What was last shown stays while nobody is there: its workers may only be starting again.
void registry::show(entry& one) {
    if (one.variants.empty()) return;
    std::vector<const service_description*> all;
    for (const auto& its : one.variants) all.push_back(&its.description);
    one.description = shown_description(all);
    weigh(one);
    own_routes(one);
}

// Those that it had and that no worker of it announces any more are free.
void registry::own_routes(entry& one) {
    disown_routes(one);
    const auto shapes = routes_of(one);
    one.routes.assign(shapes.begin(), shapes.end());
    for (const auto& route : one.routes) {
        auto& its = owners_[route];
        its.name = one.description.name;
        ++its.versions;
    }
}

void registry::disown_routes(entry& one) {
    for (const auto& route : one.routes)
        if (const auto its = owners_.find(route); --its->second.versions == 0) owners_.erase(its);
    one.routes.clear();
}

void registry::withdraw(const std::string& key) {
    const auto known = by_key_.find(key);
    if (known == by_key_.end()) return;
    const auto gone = known->second;
    bytes_ -= gone->bytes;
    for (const auto& its : gone->variants) bytes_ -= its.bytes;
    disown_routes(*gone);
    const auto named = by_name_.find(gone->description.name);
    std::erase(named->second, gone);
    if (named->second.empty()) by_name_.erase(named);
    by_key_.erase(known);
    entries_.erase(gone);
    withdrawn_.push_back(key);
    if (withdrawn_.size() > max_services) withdrawn_.erase(withdrawn_.begin());
    touch();
}

const registry::entry* registry::find(std::string_view key) const {
    const auto known = by_key_.find(key);
    return known == by_key_.end() ? nullptr : &*known->second;
}

registry::entry* registry::find_mutable(std::string_view key) {
    return const_cast<entry*>(std::as_const(*this).find(key));
}

registry_snapshot registry::snapshot() const {
    registry_snapshot out;
    out.revision = revision_;
    for (const auto& known : entries_)
        out.services.push_back(
            {known.description, known.workers, known.watermark, known.database_ahead_ms});
    out.withdrawn = withdrawn_;
    return out;
}

} // namespace postbus::bus
