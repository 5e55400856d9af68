#include "schemas/codec.hpp"

#include "schemas/json_write.hpp"
#include "tests/unit/samples.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace postbus::schemas {

namespace {

using namespace std::string_literals;

struct everything {
    std::int8_t i8 = 0;
    std::uint8_t u8 = 0;
    std::int16_t i16 = 0;
    std::uint32_t u32 = 0;
    std::int64_t i64 = 0;
    std::uint64_t u64 = 0;
    bool yes = false;
    std::string text;
    std::vector<std::string> texts;
    std::optional<std::int64_t> maybe;
    std::optional<std::vector<std::uint16_t>> nothing;
};
BOOST_DESCRIBE_STRUCT(everything, (),
                      (i8, u8, i16, u32, i64, u64, yes, text, texts, maybe, nothing))

struct flags {
    bool first = false;
    std::optional<bool> second;
};
BOOST_DESCRIBE_STRUCT(flags, (), (first, second))

struct tree {
    std::int8_t leaf = 0;
    std::vector<tree> branches;
};
BOOST_DESCRIBE_STRUCT(tree, (), (leaf, branches))

// What was accepted must be exactly what encode() writes for it: nothing skipped, nothing left.
template <class T>
bool refused_or_canonical(std::string_view bytes) {
    const auto value = decode<T>(bytes);
    return !value || encode(*value) == bytes;
}

} // namespace

TEST_CASE("every type of member comes back as it was sent") {
    const everything sent{.i8 = std::numeric_limits<std::int8_t>::min(),
                          .u8 = 255,
                          .i16 = -2,
                          .u32 = 0xDEAD'BEEFU,
                          .i64 = std::numeric_limits<std::int64_t>::min(),
                          .u64 = std::numeric_limits<std::uint64_t>::max(),
                          .yes = true,
                          .text = "a\0b"s,
                          .texts = {"", "x", std::string(70'000, 'y')},
                          .maybe = 0,
                          .nothing = {}};
    const auto got = decode<everything>(encode(sent));
    REQUIRE(got);
    CHECK_EQ(got->i8, sent.i8);
    CHECK_EQ(got->u8, sent.u8);
    CHECK_EQ(got->i16, sent.i16);
    CHECK_EQ(got->u32, sent.u32);
    CHECK_EQ(got->i64, sent.i64);
    CHECK_EQ(got->u64, sent.u64);
    CHECK(got->yes);
    CHECK_EQ(got->text, sent.text);
    CHECK(got->texts == sent.texts);
    CHECK(got->maybe == 0);
    CHECK_FALSE(got->nothing);
}

TEST_CASE("integers are little-endian and of their own width, a size is four bytes") {
    CHECK_EQ(encode(users_v1::user{.id = 0x0102, .name = "ab"}),
             "\x02\x01\0\0\0\0\0\0\x02\0\0\0ab"s);
    CHECK_EQ(encode(std::optional<std::uint16_t>{0x0102}), "\x01\x02\x01"s);
    CHECK_EQ(encode(std::optional<std::uint16_t>{}), "\0"s);
}

TEST_CASE("every message cut short at any byte is refused") {
    tests::for_each_sample([]<class T>(std::string_view name, const T& value) {
        const auto bytes = encode(value);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            CAPTURE(name);
            CAPTURE(size);
            CHECK_FALSE(decode<T>(std::string_view{bytes}.substr(0, size)));
        }
    });
}

TEST_CASE("a message with a byte left over is refused") {
    tests::for_each_sample([]<class T>(std::string_view name, const T& value) {
        CAPTURE(name);
        CHECK_FALSE(decode<T>(encode(value) + '\0'));
        CHECK_FALSE(decode<T>(encode(value) + encode(value)));
    });
}

TEST_CASE("a message with any one byte changed is refused, or is another message in full") {
    tests::for_each_sample([]<class T>(std::string_view name, const T& value) {
        auto bytes = encode(value);
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            const char was = bytes[at];
            for (int byte = 0; byte < 256; ++byte) {
                bytes[at] = static_cast<char>(byte);
                if (refused_or_canonical<T>(bytes)) continue;
                CAPTURE(name);
                CAPTURE(at);
                FAIL("accepted bytes that it would not write: ", byte);
            }
            bytes[at] = was;
        }
    });
}

TEST_CASE("a size larger than what is left is refused before anything is allocated for it") {
    CHECK_FALSE(decode<std::string>("\xFF\xFF\xFF\xFFshort"s));
    CHECK_FALSE(decode<std::string>("\x06\0\0\0short"s));
    CHECK(decode<std::string>("\x05\0\0\0short"s) == "short");
    CHECK_FALSE(decode<std::vector<tree>>("\xFF\xFF\xFF\x7F"s));
    CHECK_FALSE(decode<std::vector<std::string>>("\x02\0\0\0\0\0\0\0"s));
    // Elements of several bytes each: the count fits what is left, the elements do not.
    CHECK_FALSE(decode<std::vector<std::int64_t>>("\x08\0\0\0ABCDEFGH"s));
}

TEST_CASE("a bool or an optional is 0 or 1 and nothing else") {
    CHECK(decode<flags>("\1\0"s));
    CHECK(decode<flags>("\1\1\1"s));
    CHECK_FALSE(decode<flags>("\2\0"s));
    CHECK_FALSE(decode<flags>("\0\2\1"s));
    CHECK_FALSE(decode<flags>("\0\1\xFF"s));
}

TEST_CASE("text may hold any byte") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    CHECK(decode<std::string>(encode(all)) == all);
}

TEST_CASE("encode appends, so that a sender can reuse its buffer") {
    std::string out = "head";
    encode(std::uint8_t{7}, out);
    CHECK_EQ(out, "head\x07"s);
}

} // namespace postbus::schemas
