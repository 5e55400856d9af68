#pragma once

#include "schemas/describe.hpp"

#include <cereal/cereal.hpp>
#include <cereal/types/common.hpp>

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Structs to bytes and back: cereal over spans. Integers are fixed little-endian, a size is a
/// u32. Decoding hostile bytes is safe: a size larger than what is left is refused before anything
/// is allocated for it, a bool is 0 or 1, and no byte may be left over.

namespace postbus::schemas {

struct decode_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <class T>
concept wire_integer = std::integral<T> && !std::same_as<T, bool> && sizeof(T) <= 8;

class output_archive : public cereal::OutputArchive<output_archive> {
public:
    explicit output_archive(std::string& out)
        : cereal::OutputArchive<output_archive>{this}, out_{out} {}

    void bytes(std::string_view data) { out_.append(data); }

    template <wire_integer T>
    void integer(T value) {
        static_assert(std::endian::native == std::endian::little,
                      "swap bytes here for other machines");
        char raw[sizeof(T)];
        std::memcpy(raw, &value, sizeof(T));
        out_.append(raw, sizeof(T));
    }

    /// Throws std::length_error for 4 GiB or more.
    void size(std::size_t count);

private:
    std::string& out_;
};

class input_archive : public cereal::InputArchive<input_archive> {
public:
    explicit input_archive(std::string_view in)
        : cereal::InputArchive<input_archive>{this}, in_{in} {}

    /// Throws decode_error when fewer are left.
    std::string_view bytes(std::size_t count);

    template <wire_integer T>
    T integer() {
        T value;
        std::memcpy(&value, bytes(sizeof(T)).data(), sizeof(T));
        return value;
    }

    /// How many elements follow. Every element takes at least one byte, so more than are left is a
    /// lie and throws decode_error.
    std::size_t size();

    bool boolean();
    bool finished() const noexcept { return in_.empty(); }

private:
    std::string_view in_;
};

template <class T>
void encode(const T& value, std::string& out) {
    output_archive archive{out};
    archive(value);
}

template <class T>
std::string encode(const T& value) {
    std::string out;
    encode(value, out);
    return out;
}

/// Nothing when the bytes are not exactly one T.
template <class T>
std::optional<T> decode(std::string_view bytes) {
    try {
        input_archive archive{bytes};
        std::optional<T> value{std::in_place};
        archive(*value);
        if (!archive.finished()) value.reset();
        return value;
    } catch (const decode_error&) {
        return std::nullopt;
    }
}

} // namespace postbus::schemas

CEREAL_REGISTER_ARCHIVE(postbus::schemas::output_archive)
CEREAL_REGISTER_ARCHIVE(postbus::schemas::input_archive)
CEREAL_SETUP_ARCHIVE_TRAITS(postbus::schemas::input_archive, postbus::schemas::output_archive)

namespace cereal {

template <postbus::schemas::wire_integer T>
void save(postbus::schemas::output_archive& archive, const T& value) {
    archive.integer(value);
}
template <postbus::schemas::wire_integer T>
void load(postbus::schemas::input_archive& archive, T& value) {
    value = archive.integer<T>();
}

inline void save(postbus::schemas::output_archive& archive, const bool& value) {
    archive.integer(static_cast<std::uint8_t>(value));
}
inline void load(postbus::schemas::input_archive& archive, bool& value) {
    value = archive.boolean();
}

inline void save(postbus::schemas::output_archive& archive, const std::string& text) {
    archive.size(text.size());
    archive.bytes(text);
}
inline void load(postbus::schemas::input_archive& archive, std::string& text) {
    text = archive.bytes(archive.size());
}

// The same bytes as a string. What is read is a view of the bytes given to the archive.
inline void save(postbus::schemas::output_archive& archive, const std::string_view& text) {
    archive.size(text.size());
    archive.bytes(text);
}
inline void load(postbus::schemas::input_archive& archive, std::string_view& text) {
    text = archive.bytes(archive.size());
}

// Grows by what has really arrived: a size alone must not make the reader allocate.
template <class T>
void save(postbus::schemas::output_archive& archive, const std::vector<T>& items) {
    archive.size(items.size());
    for (const auto& item : items) archive(item);
}
template <class T>
void load(postbus::schemas::input_archive& archive, std::vector<T>& items) {
    items.clear();
    for (auto left = archive.size(); left != 0; --left) archive(items.emplace_back());
}

template <class T>
void save(postbus::schemas::output_archive& archive, const std::optional<T>& value) {
    archive.integer(static_cast<std::uint8_t>(value.has_value()));
    if (value) archive(*value);
}
template <class T>
void load(postbus::schemas::input_archive& archive, std::optional<T>& value) {
    value.reset();
    if (archive.boolean()) archive(value.emplace());
}

template <class Archive, postbus::schemas::described T>
void serialize(Archive& archive, T& object) {
    postbus::schemas::for_each_field(object,
                                     [&](std::string_view, auto& member) { archive(member); });
}

} // namespace cereal
