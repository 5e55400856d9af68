#include "bus/registry.hpp"

#include "bus/envelope.hpp"

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
    if (entries_.size() >= max_services && !find(service.key()))
        return "the broker knows 4096 services already";
    std::set<std::string> shapes;
    for (const auto& op : service.operations) shapes.insert(shape(op));
    for (const auto& known : entries_) {
        if (known.description.name == service.name) {
            if (known.workers != 0 && known.description.database_id != service.database_id)
                return "service " + service.name + " is served from database " +
                       known.description.database_id + ", this worker has database " +
                       service.database_id + "; give it the same --data or --db as the others";
            continue;
        }
        for (const auto& op : known.description.operations)
            if (has_route(op) && shapes.contains(shape(op)))
                return "service " + service.name + " announces " + op.method + ' ' + op.path +
                       ", which service " + known.description.name + " has already";
    }
    return {};
}

bool registry::announce(const ready& said, std::int64_t unix_ms) {
    const auto before = revision_;
    auto* known = find_mutable(said.description.key());
    if (!known) {
        known = &entries_.emplace_back();
        std::erase(withdrawn_, said.description.key());
    }
    if (!(known->description == said.description)) {
        known->description = said.description;
        touch();
    }
    if (said.watermark > known->watermark) {
        known->watermark = said.watermark;
        touch();
    }
    if (said.database_unix_ms != 0) known->database_ahead_ms = said.database_unix_ms - unix_ms;
    return revision_ != before;
}

void registry::worker_joined(const std::string& key) {
    if (auto* known = find_mutable(key)) ++known->workers, touch();
}

void registry::worker_left(const std::string& key) {
    if (auto* known = find_mutable(key)) --known->workers, touch();
}

void registry::withdraw(const std::string& key) {
    if (std::erase_if(entries_,
                      [&](const entry& known) { return known.description.key() == key; }) == 0)
        return;
    withdrawn_.push_back(key);
    if (withdrawn_.size() > max_services) withdrawn_.erase(withdrawn_.begin());
    touch();
}

const registry::entry* registry::find(std::string_view key) const {
    for (const auto& known : entries_)
        if (known.description.key() == key) return &known;
    return nullptr;
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
