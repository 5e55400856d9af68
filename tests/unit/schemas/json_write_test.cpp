#include "schemas/json_write.hpp"

#include "schemas/json_read.hpp"
#include "schemas/orders_v1.hpp"
#include "schemas/problem.hpp"
#include "schemas/users_v1.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace postbus::schemas {

namespace {

struct nothing {};
BOOST_DESCRIBE_STRUCT(nothing, (), ())

struct mixed {
    std::optional<std::string> first;
    bool on = false;
    std::vector<std::string> texts;
    std::uint64_t big = 0;
    raw_json raw{"{}"};
};
BOOST_DESCRIBE_STRUCT(mixed, (), (first, on, texts, big, raw))

} // namespace

TEST_CASE("the seed's list is written to the letter") {
    CHECK_EQ(to_json(std::vector<users_v1::user>{{1, "Alice"}, {2, "Bob"}}),
             R"([{"id":1,"name":"Alice"},{"id":2,"name":"Bob"}])");
    CHECK_EQ(to_json(std::vector<users_v1::user>{}), "[]");
}

TEST_CASE("an empty optional leaves its field out, wherever it stands") {
    CHECK_EQ(to_json(orders_v1::order{.id = 1,
                                      .user = 1,
                                      .items = {{"Book", 1}},
                                      .product = "Book",
                                      .status = "pending",
                                      .reason = {},
                                      .total = {}}),
             R"({"id":1,"user":1,"items":[{"product":"Book","quantity":1}],"product":"Book",)"
             R"("status":"pending"})");
    CHECK_EQ(to_json(mixed{}), R"({"on":false,"texts":[],"big":0,"raw":{}})");
    CHECK_EQ(to_json(users_v1::list_users{}), "{}");
    CHECK_EQ(to_json(nothing{}), "{}");
}

TEST_CASE("integers are written in full to the edges of their types") {
    CHECK_EQ(to_json(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    CHECK_EQ(to_json(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
    CHECK_EQ(to_json(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

TEST_CASE("quotes, backslashes and control characters are escaped") {
    CHECK_EQ(to_json(std::string{"a\"b\\c/d"}), R"("a\"b\\c/d")");
    CHECK_EQ(to_json(std::string{"\n\t\r\b\f"}), R"("\n\t\r\b\f")");
    for (char byte = 1; byte < 0x20; ++byte) {
        const auto text = to_json(std::string(1, byte));
        CAPTURE(text);
        CHECK_EQ(text[1], '\\');
    }
}

TEST_CASE("any text is read back as it was written") {
    std::string every;
    for (char byte = 0; byte >= 0 && byte < 0x7F; ++byte) every += byte;
    for (const auto& text :
         {every, std::string(5000, 'x') + "\n\xE2\x82\xAC", std::string{"\xF0\x9F\x98\x80"},
          std::string(255, '"'), std::string(256, '\\'), std::string(257, '\x01')}) {
        json_document document;
        REQUIRE(document.parse(to_json(text)));
        CHECK_EQ(std::string_view{document.root().get_string()}, text);
    }
}

TEST_CASE("writing appends, so that a sender can reuse its buffer") {
    std::string out = "[";
    write_json(users_v1::user{1, "a"}, out);
    CHECK_EQ(out, R"([{"id":1,"name":"a"})");
}

TEST_CASE("a problem is written without what it does not have") {
    CHECK_EQ(to_json(problem{
                 .title = "Not Found", .status = 404, .detail = {}, .errors = {}, .outcome = {}}),
             R"({"type":"about:blank","title":"Not Found","status":404})");
}

} // namespace postbus::schemas
