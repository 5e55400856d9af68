#include "bus/envelope.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace postbus::bus {

namespace {

static_assert(std::endian::native == std::endian::little, "swap bytes here for other machines");

// Offsets of the head's fields; docs/protocol.md shows the same table.
namespace at {
constexpr std::size_t version = 0, kind = 1, flags = 2, error = 3, meta_size = 4, body_size = 8,
                      time_left = 12, slot = 16, id_high = 24, id_low = 32, service = 40;
} // namespace at

template <class T>
void put(char* out, std::size_t offset, T value) {
    std::memcpy(out + offset, &value, sizeof value);
}

template <class T>
T get(const char* in, std::size_t offset) {
    T value;
    std::memcpy(&value, in + offset, sizeof value);
    return value;
}

// errc in the low six bits, outcome in the high two.
std::uint8_t pack(errc error, outcome known) {
    return static_cast<std::uint8_t>(static_cast<unsigned>(error) | static_cast<unsigned>(known)
                                                                        << 6U);
}

} // namespace

void outbox::append(const record& r) {
    auto detached = r.detached;
    if (!detached.owner && r.body.size() >= detached_body_size) {
        const auto copy = std::make_shared<const std::string>(r.body);
        detached = {copy, *copy};
    }
    const bool apart = detached.owner != nullptr;
    const auto size = head_size + r.meta.size() + r.body.size();
    if (last_.size != 0 && last_.size + size > full_batch)
        full_.push_back(std::exchange(last_, {}));

    std::array<char, head_size> raw{};
    const auto flags = static_cast<std::uint8_t>(r.head.flags & ~flag::detached);
    put(raw.data(), at::version, protocol_version);
    put(raw.data(), at::kind, r.head.kind);
    put(raw.data(), at::flags, static_cast<std::uint8_t>(flags | (apart ? flag::detached : 0)));
    put(raw.data(), at::error, pack(r.head.error, r.head.outcome));
    put(raw.data(), at::meta_size, static_cast<std::uint32_t>(r.meta.size()));
    put(raw.data(), at::body_size, static_cast<std::uint32_t>(r.body.size()));
    put(raw.data(), at::time_left, r.head.time_left_ms);
    put(raw.data(), at::slot, r.head.slot);
    put(raw.data(), at::id_high, r.head.id.high);
    put(raw.data(), at::id_low, r.head.id.low);
    std::copy_n(r.head.service.begin(), std::min(r.head.service.size(), max_service_key),
                raw.begin() + at::service);

    last_.records.append(raw.data(), raw.size());
    last_.records.append(r.meta);
    if (apart) last_.bodies.push_back(std::move(detached));
    else last_.records.append(r.body);
    last_.size += size;
    size_ += size;
}

void outbox::pop() {
    size_ -= front().size;
    if (!full_.empty()) return full_.pop_front();
    last_.records.clear(); // and keeps its room
    last_.bodies.clear();
    last_.size = 0;
}

void outbox::clear() {
    full_.clear();
    if (size_ != 0) pop();
    size_ = 0;
}

record_reader::record_reader(std::string_view records, std::vector<shared_body> bodies)
    : left_{records}, bodies_{std::move(bodies)} {}

bool record_reader::fail() noexcept {
    malformed_ = true;
    left_ = {};
    return false;
}

bool record_reader::next(record& out) {
    if (left_.empty()) {
        malformed_ |= next_body_ != bodies_.size();
        return false;
    }
    if (left_.size() < head_size) return fail();
    const char* raw = left_.data();
    const auto kind = get<std::uint8_t>(raw, at::kind);
    const auto flags = get<std::uint8_t>(raw, at::flags);
    const auto error = get<std::uint8_t>(raw, at::error);
    const std::size_t meta_size = get<std::uint32_t>(raw, at::meta_size);
    const std::size_t body_size = get<std::uint32_t>(raw, at::body_size);
    const bool apart = (flags & flag::detached) != 0;
    if (get<std::uint8_t>(raw, at::version) != protocol_version) return fail();
    if (kind < static_cast<std::uint8_t>(kind::ready) ||
        kind > static_cast<std::uint8_t>(kind::registry))
        return fail();
    if ((flags & ~flag::all) != 0 || (error & 63U) > static_cast<std::uint8_t>(last_errc) ||
        error >> 6U > static_cast<std::uint8_t>(outcome::unknown))
        return fail();
    const auto most =
        kind == static_cast<std::uint8_t>(kind::registry) ? max_registry_size : max_meta_size;
    if (meta_size > most || body_size > max_body_size) return fail();
    const auto inline_size = meta_size + (apart ? 0 : body_size);
    if (inline_size > left_.size() - head_size) return fail();

    out.head.kind = static_cast<bus::kind>(kind);
    out.head.flags = flags;
    out.head.error = static_cast<errc>(error & 63U);
    out.head.outcome = static_cast<outcome>(error >> 6U);
    out.head.time_left_ms = get<std::uint32_t>(raw, at::time_left);
    out.head.slot = get<std::uint64_t>(raw, at::slot);
    out.head.id = {get<std::uint64_t>(raw, at::id_high), get<std::uint64_t>(raw, at::id_low)};
    const std::string_view key{raw + at::service, max_service_key};
    out.head.service = key.substr(0, std::min(key.find('\0'), max_service_key));
    out.meta = left_.substr(head_size, meta_size);
    if (apart) {
        if (next_body_ == bodies_.size() || bodies_[next_body_].bytes.size() != body_size)
            return fail();
        out.detached = std::move(bodies_[next_body_++]);
        out.body = out.detached.bytes;
    } else {
        out.detached = {};
        out.body = left_.substr(head_size + meta_size, body_size);
    }
    left_.remove_prefix(head_size + inline_size);
    return true;
}

} // namespace postbus::bus
