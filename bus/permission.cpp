#include "bus/permission.hpp"

#include "bus/messages.hpp"
#include "schemas/codec.hpp"

#include <cstdint>
#include <cstring>
#include <optional>

namespace postbus::bus {

namespace {

constexpr std::string_view publish_operation = "journal.publish";
constexpr std::string_view broker_name = "broker";

std::string quoted(std::string_view text) {
    constexpr std::size_t most = 100; // it goes into a log
    std::string out{"'"};
    for (const char c : text.substr(0, most)) out += c >= ' ' && c <= '~' ? c : '?';
    return out + '\'';
}

std::string_view service_name(std::string_view key) {
    return key.substr(0, key.find('/'));
}

// The first field of a call_meta, its operation, or of a ready, the service's name, without
// decoding the rest. Nothing: it is none.
std::optional<std::string_view> first_text_in(std::string_view meta) {
    std::uint32_t size = 0;
    if (meta.size() < sizeof size) return std::nullopt;
    std::memcpy(&size, meta.data(), sizeof size);
    meta.remove_prefix(sizeof size);
    if (size > meta.size()) return std::nullopt;
    return meta.substr(0, size);
}

// The journal binds the topic from the same places, and refuses one that is given twice.
std::string objection_to_publishing(const key_rights& who, const record& r) {
    if (who.publishes.any()) return {};
    const auto call = schemas::decode<call_meta>(r.meta);
    bool named = false;
    if (call)
        for (const auto* fields : {&call->path, &call->query})
            for (const auto& one : *fields) {
                if (one.name != "topic") continue;
                named = true;
                if (!who.publishes.match(one.value)) return "may not publish " + quoted(one.value);
            }
    // What stands in the body the broker does not read.
    return named ? std::string{} : "may not publish without naming the topic as a parameter";
}

std::string objection_to_call(const key_rights& who, const record& r) {
    const auto service = service_name(r.head.service);
    if (service == broker_name)
        return who.operates ? std::string{} : "may not call operations of the broker";
    if (who.calls.any() && who.publishes.any()) return {};
    const auto operation = first_text_in(r.meta);
    if (!operation) return "sent a call that names no operation";
    if (!operation->starts_with(service) || operation->size() <= service.size() ||
        (*operation)[service.size()] != '.')
        return "called " + quoted(*operation) + " of another service, " + quoted(service);
    if (*operation == publish_operation) return objection_to_publishing(who, r);
    return who.calls.match(*operation) ? std::string{} : "may not call " + quoted(*operation);
}

std::string objection_to_worker(const key_rights& who, const record& r) {
    if (who.serves.any()) return {};
    const auto name = first_text_in(r.meta);
    if (!name) return "sent a READY that names no service";
    return who.serves.match(*name) ? std::string{} : "may not be a worker of " + quoted(*name);
}

} // namespace

std::string objection(const key_rights& who, const record& r) {
    switch (r.head.kind) {
    case kind::request: return objection_to_call(who, r);
    case kind::ready: return objection_to_worker(who, r);
    default: return {}; // counts only for those who were let do one of the above
    }
}

} // namespace postbus::bus
