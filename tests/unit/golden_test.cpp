#include "tests/unit/golden.hpp"

#include "bus/envelope.hpp"
#include "schemas/codec.hpp"
#include "schemas/json_write.hpp"
#include "tests/source_dir.hpp"
#include "tests/unit/samples.hpp"

#include <doctest/doctest.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

namespace postbus::tests {

namespace {

const std::filesystem::path folder{POSTBUS_SOURCE_DIR "/tests/golden"};

std::string from_hex(const std::string& text) {
    std::string digits;
    for (const char c : text)
        if (std::isxdigit(static_cast<unsigned char>(c)) != 0) digits += c;
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    return bytes;
}

bus::head sample_head(bus::kind kind) {
    return {.kind = kind,
            .flags = bus::flag::write | bus::flag::resent,
            .error = bus::errc::no_worker,
            .outcome = bus::outcome::not_executed,
            .time_left_ms = 4999,
            .slot = 0x0000'0007'0000'0003U,
            .id = {0x0190'1234'5678'7abcU, 0x8123'4567'89ab'cdefU},
            .service = "users/1"};
}

constexpr std::pair<bus::kind, std::string_view> kinds[] = {
    {bus::kind::ready, "ready"},           {bus::kind::request, "request"},
    {bus::kind::reply, "reply"},           {bus::kind::heartbeat, "heartbeat"},
    {bus::kind::cancel, "cancel"},         {bus::kind::drain, "drain"},
    {bus::kind::disconnect, "disconnect"}, {bus::kind::wake, "wake"},
    {bus::kind::registry, "registry"},
};

} // namespace

std::string golden(std::string_view name, std::string_view now) {
    const auto path = folder / (std::string{name} + ".hex");
    if (std::getenv("POSTBUS_RECORD_GOLDEN") != nullptr && !std::filesystem::exists(path))
        std::ofstream{path} << to_hex(now);
    std::ifstream file{path};
    if (!file) throw std::runtime_error{"no golden file " + path.string()};
    return from_hex({std::istreambuf_iterator<char>{file}, {}});
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
        out += i % 32 == 31 || i + 1 == bytes.size() ? '\n' : ' ';
    }
    return out;
}

TEST_CASE("every struct that travels is written as the recorded bytes") {
    for_each_sample([](std::string_view name, const auto& value) {
        CAPTURE(name);
        const auto bytes = schemas::encode(value);
        CHECK_EQ(to_hex(bytes), to_hex(golden(name, bytes)));
    });
}

TEST_CASE("the recorded bytes are read as the struct that wrote them") {
    for_each_sample([]<class T>(std::string_view name, const T& value) {
        CAPTURE(name);
        const auto read = schemas::decode<T>(golden(name, schemas::encode(value)));
        REQUIRE(read);
        CHECK_EQ(schemas::to_json(*read), schemas::to_json(value));
    });
}

TEST_CASE("a record of every kind is written as the recorded bytes") {
    for (const auto& one : kinds) {
        const auto& [kind, name] = one;
        CAPTURE(one.second);
        bus::outbox out;
        out.append(
            {.head = sample_head(kind), .meta = "meta", .body = R"({"id":1})", .detached = {}});
        CHECK_EQ(to_hex(out.front().records),
                 to_hex(golden("record." + std::string{name}, out.front().records)));
    }
}

TEST_CASE("the recorded bytes of every kind are read as the record that wrote them") {
    for (const auto& one : kinds) {
        const auto& [kind, name] = one;
        CAPTURE(one.second);
        const auto bytes = golden("record." + std::string{name}, {});
        const auto head = sample_head(kind);
        bus::record_reader reader{bytes};
        bus::record r;
        REQUIRE(reader.next(r));
        CHECK(r.head.kind == kind);
        CHECK_EQ(r.head.flags, head.flags);
        CHECK(r.head.error == head.error);
        CHECK(r.head.outcome == head.outcome);
        CHECK_EQ(r.head.time_left_ms, head.time_left_ms);
        CHECK_EQ(r.head.slot, head.slot);
        CHECK(r.head.id == head.id);
        CHECK_EQ(r.head.service, head.service);
        CHECK_EQ(r.meta, "meta");
        CHECK_EQ(r.body, R"({"id":1})");
        CHECK_FALSE(reader.next(r));
        CHECK_FALSE(reader.malformed());
    }
}

TEST_CASE("every golden file belongs to a struct or a kind that still exists") {
    std::set<std::string> known;
    for_each_sample([&](std::string_view name, const auto&) { known.emplace(name); });
    for (const auto& [kind, name] : kinds) known.insert("record." + std::string{name});
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        CAPTURE(entry.path().string());
        CHECK(known.contains(entry.path().stem().string()));
    }
}

} // namespace postbus::tests
