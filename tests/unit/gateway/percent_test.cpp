#include "gateway/percent.hpp"

#include <doctest/doctest.h>

namespace postbus::gateway {

TEST_CASE("every byte decodes from its two digits, in both cases") {
    percent_decoder decoder;
    for (unsigned byte = 1; byte < 128; ++byte) {
        char upper[4];
        char lower[4];
        std::snprintf(upper, sizeof upper, "%%%02X", byte);
        std::snprintf(lower, sizeof lower, "%%%02x", byte);
        std::string_view out;
        REQUIRE(decoder.path_segment(upper, out));
        CHECK_EQ(out, std::string(1, static_cast<char>(byte)));
        REQUIRE(decoder.query_part(lower, out));
        CHECK_EQ(out, std::string(1, static_cast<char>(byte)));
    }
}

TEST_CASE("a plus is a space in a query only") {
    percent_decoder decoder;
    std::string_view out;
    REQUIRE(decoder.path_segment("a+b", out));
    CHECK_EQ(out, "a+b");
    REQUIRE(decoder.query_part("a+b%2B", out));
    CHECK_EQ(out, "a b+");
}

TEST_CASE("what decodes to no text is refused") {
    percent_decoder decoder;
    std::string_view out;
    for (const auto* text : {"%", "%4", "%zz", "a%", "%00", "%80", "%C3", "%C3%28", "%F5%80%80%80",
                             "%E0%80%80", "%F4%90%80%80", "%ED%BF%BF"}) {
        CHECK_FALSE(decoder.path_segment(text, out));
        CHECK_FALSE(decoder.query_part(text, out));
    }
}

TEST_CASE("decoded pieces stay where they are while more are decoded") {
    percent_decoder decoder;
    std::vector<std::string_view> pieces(200);
    for (auto& piece : pieces) REQUIRE(decoder.path_segment("%41%42", piece));
    for (const auto piece : pieces) CHECK_EQ(piece, "AB");
}

TEST_CASE("a query is read in the order given") {
    percent_decoder decoder;
    std::vector<field_view> out;
    REQUIRE(parse_query("a=1&b=&c&=d&a=2=3&&x%3D=%26", decoder, out));
    const std::vector<std::pair<std::string_view, std::string_view>> wanted{
        {"a", "1"}, {"b", ""}, {"c", ""}, {"", "d"}, {"a", "2=3"}, {"x=", "&"}};
    REQUIRE_EQ(out.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        CHECK_EQ(out[i].name, wanted[i].first);
        CHECK_EQ(out[i].value, wanted[i].second);
    }
    CHECK_FALSE(parse_query("a=%FF", decoder, out));
}

TEST_CASE("text is well-formed UTF-8: exactly the scalar values") {
    const auto encode = [](std::uint32_t c) {
        const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
        std::string out;
        if (c < 0x80) out += byte(c);
        else if (c < 0x800) out += {byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F))};
        else if (c < 0x10000)
            out += {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F))};
        else
            out += {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 0x3F)),
                    byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F))};
        return out;
    };
    for (std::uint32_t c = 0; c < 0x120000; ++c) {
        const bool scalar = c != 0 && c < 0x110000 && !(c >= 0xD800 && c < 0xE000);
        if (is_text(encode(c)) != scalar) FAIL("U+" << c);
    }
    CHECK(is_text(""));
}

} // namespace postbus::gateway
